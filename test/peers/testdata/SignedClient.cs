// .NET's SignedXml, as .NET signers of the field use it: Body and Timestamp by Id, X509Data; the answer is verified by the same class.
using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography.Xml;
using System.Xml;

class BySecurityId : SignedXml {
	const string Utility = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

	public BySecurityId(XmlDocument document) : base(document) {
	}

	public override XmlElement GetIdElement(XmlDocument document, string id) {
		foreach (XmlElement e in document.GetElementsByTagName("*"))
			if (e.GetAttribute("Id") == id || e.GetAttribute("Id", Utility) == id)
				return e;
		return null;
	}
}

static class SignedClient {
	const string Space = "https://mconnect.gov.md", Soap = "http://schemas.xmlsoap.org/soap/envelope/";
	const string Wss = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-";

	static XmlDocument Signed(X509Certificate2 own, string reason) {
		var now = DateTime.UtcNow;
		var values = new[] { "CallingUser", "2999900000181", "CallingEntity", "1999900000081", "CallBasis", "ACT-NOTARIAL", "CallReason", reason };
		var blocks = string.Concat(Enumerable.Range(0, 4).Select(i => "<m:" + values[2 * i] + ">" + values[2 * i + 1] + "</m:" + values[2 * i] + ">"));
		var envelope = new XmlDocument { PreserveWhitespace = true };
		envelope.LoadXml("<s:Envelope xmlns:s='" + Soap + "' xmlns:m='" + Space + "'><s:Header>" + blocks + "<o:Security xmlns:o='" + Wss +
			"secext-1.0.xsd' s:mustUnderstand='1'><u:Timestamp Id='stamp' xmlns:u='" + Wss + "utility-1.0.xsd'><u:Created>" + now.ToString("o") + "</u:Created><u:Expires>" +
			now.AddMinutes(5).ToString("o") + "</u:Expires></u:Timestamp></o:Security></s:Header><s:Body Id='body'><m:GetRealEstates><m:IDNP>2999000006393</m:IDNP>" +
			"</m:GetRealEstates></s:Body></s:Envelope>");
		var signer = new BySecurityId(envelope) { SigningKey = own.PrivateKey };
		signer.SignedInfo.CanonicalizationMethod = SignedXml.XmlDsigExcC14NTransformUrl;
		signer.SignedInfo.SignatureMethod = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
		foreach (var id in new[] { "#body", "#stamp" }) {
			var part = new Reference(id) { DigestMethod = "http://www.w3.org/2001/04/xmlenc#sha256" };
			part.AddTransform(new XmlDsigExcC14NTransform());
			signer.AddReference(part);
		}
		signer.KeyInfo.AddClause(new KeyInfoX509Data(own));
		signer.ComputeSignature();
		envelope.GetElementsByTagName("Security", Wss + "secext-1.0.xsd")[0].AppendChild(envelope.ImportNode(signer.GetXml(), true));
		return envelope;
	}

	static XmlDocument Send(string address, XmlDocument message) {
		var request = (HttpWebRequest) WebRequest.Create(address);
		request.Method = "POST";
		request.ContentType = "text/xml; charset=utf-8";
		request.Headers["SOAPAction"] = "\"\"";
		using (var body = request.GetRequestStream())
			message.Save(body);
		WebResponse response;
		try {
			response = request.GetResponse();
		} catch (WebException e) {
			response = e.Response;
		}
		var answer = new XmlDocument { PreserveWhitespace = true };
		answer.Load(response.GetResponseStream());
		return answer;
	}

	static int Verified(XmlDocument answer) {
		var token = answer.GetElementsByTagName("BinarySecurityToken", Wss + "secext-1.0.xsd")[0];
		var check = new BySecurityId(answer);
		check.LoadXml((XmlElement) answer.GetElementsByTagName("Signature", SignedXml.XmlDsigNamespaceUrl)[0]);
		var signer = new X509Certificate2(Convert.FromBase64String(token.InnerText));
		return check.CheckSignature(signer.PublicKey.Key) ? check.SignedInfo.References.Count : 0;
	}

	static void Main(string[] args) {
		ServicePointManager.ServerCertificateValidationCallback = (a, b, c, d) => true;
		var own = new X509Certificate2(args[0], "x");
		var answer = Send(args[1].Replace("?wsdl", ""), Signed(own, "dosar notarial 218/2026"));
		Console.WriteLine("answered: " + string.Join(" ", answer.GetElementsByTagName("CadastralNumber", Space).Cast<XmlNode>().Select(n => n.InnerText)));
		var refusal = Send(args[1].Replace("?wsdl", ""), Signed(own, "x"));
		Console.WriteLine("fault: " + refusal.GetElementsByTagName("faultstring")[0].InnerText);
		Console.WriteLine("verified: " + (Verified(answer) + Verified(refusal)));
	}
}
