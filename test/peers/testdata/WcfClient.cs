// Mono's WCF: channels by SOAP 1.1, by SOAP 1.2, and by SOAP 1.2 with WS-Addressing; the certificate in TLS, the context as message
// headers. Bodies are written and read as XML: Mono's serializer reads arrays of a message contract as empty.
using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Runtime.Serialization;
using System.Security.Cryptography.X509Certificates;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Text;
using System.Xml;
using System.Xml.Linq;

// Explained is the detail of a fault; Mono reads no detail that the contract does not name.
[DataContract(Name = "Fault", Namespace = WcfClient.Space)]
public class Explained {
	[DataMember]
	public string Code;
}

[ServiceContract]
public interface IRegister {
	[OperationContract(Action = "*", ReplyAction = "*"), FaultContract(typeof(Explained), Name = "Fault", Namespace = WcfClient.Space)]
	Message Ask(Message question);
}

public static class WcfClient {
	public const string Space = "https://mconnect.gov.md";

	static Binding Over(MessageVersion version) {
		return new CustomBinding(new TextMessageEncodingBindingElement(version, Encoding.UTF8), new HttpsTransportBindingElement { RequireClientCertificate = true });
	}

	static Message Ask(IRegister register, MessageVersion version, string reason) {
		var body = XmlReader.Create(new StringReader("<GetRealEstates xmlns='" + Space + "'><IDNP>2999000006393</IDNP></GetRealEstates>"));
		var question = Message.CreateMessage(version, Space + "/GetRealEstates", body);
		var values = new[] { "CallingUser", "2999900000181", "CallingEntity", "1999900000081", "CallBasis", "ACT-NOTARIAL", "CallReason", reason };
		for (int i = 0; i < values.Length; i += 2)
			question.Headers.Add(MessageHeader.CreateHeader(values[i], Space, values[i + 1]));
		return register.Ask(question);
	}

	static void Main(string[] args) {
		ServicePointManager.ServerCertificateValidationCallback = (a, b, c, d) => true;
		var basic = new BasicHttpBinding(BasicHttpSecurityMode.Transport);
		basic.Security.Transport.ClientCredentialType = HttpClientCredentialType.Certificate;
		foreach (var binding in new Binding[] { basic, Over(MessageVersion.Soap12), Over(MessageVersion.Soap12WSAddressing10) }) {
			var factory = new ChannelFactory<IRegister>(binding, new EndpointAddress(args[1].Replace("?wsdl", "")));
			factory.Credentials.ClientCertificate.Certificate = new X509Certificate2(args[0], "x");
			var register = factory.CreateChannel();
			var answer = (XElement) XNode.ReadFrom(Ask(register, binding.MessageVersion, "dosar notarial 218/2026").GetReaderAtBodyContents());
			Console.WriteLine("answered: " + string.Join(" ", answer.Descendants("{" + Space + "}CadastralNumber").Select(e => e.Value)));
			try {
				Ask(register, binding.MessageVersion, "x");
			} catch (FaultException e) {
				Console.WriteLine("fault: " + e.Reason.ToString());
			} catch (WebException e) { // Mono reads a fault with status 500 alone; SOAP 1.2 has 400 for Sender (part 2, table 20)
				Console.WriteLine("status: " + e.Message);
			}
		}
	}
}
