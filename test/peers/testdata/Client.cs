// A proxy of wsdl.exe on Mono; the context travels in HTTP headers, as .NET clients of the platform send it.
using System;
using System.Linq;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Web.Services.Protocols;

class Calling : Proxy.MConnect {
	public string Reason;
	protected override WebRequest GetWebRequest(Uri uri) {
		var r = base.GetWebRequest(uri);
		r.Headers["CallingUser"] = "2999900000181";
		r.Headers["CallingEntity"] = "1999900000081";
		r.Headers["CallBasis"] = "ACT-NOTARIAL";
		r.Headers["CallReason"] = Reason;
		return r;
	}
}

static class Client {
	static void Main(string[] args) {
		ServicePointManager.ServerCertificateValidationCallback = (a, b, c, d) => true;
		var p = new Calling { Url = args[1].Replace("?wsdl", ""), Reason = "dosar notarial 218/2026" };
		p.ClientCertificates.Add(new X509Certificate2(args[0], "x"));
		var question = new Proxy.GetRealEstates { IDNP = "2999000006393" };
		Console.WriteLine("answered: " + string.Join(" ", p.GetRealEstates(question).Select(e => e.CadastralNumber)));
		p.Reason = "x";
		try { p.GetRealEstates(question); } catch (SoapException e) { Console.WriteLine("fault: " + e.Message); }
	}
}
