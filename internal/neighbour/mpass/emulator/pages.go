package emulator

import (
	"html/template"
	"net/http"
)

const head = `<!DOCTYPE html><html lang="ro"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>MPass (emulator)</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;
padding:0 1rem;color:#1c2330}h1{font-size:1.5rem}button{display:block;width:100%;text-align:left;margin:.4rem 0;
padding:.7rem 1rem;border:1px solid #b9c2d0;border-radius:.5rem;background:#fff;font:inherit;cursor:pointer}
button:hover{background:#eef3fb}small{color:#566}p.note{background:#fff4d6;padding:.5rem 1rem;border-radius:.5rem}
iframe{width:1px;height:1px;border:0;position:absolute}</style>`

var choosePage = template.Must(template.New("").Parse(head + `<h1>MPass (emulator)</h1>
<p class="note">Persoane inventate, pentru demonstrații și teste. Invented persons.</p>
<p>{{if .Again}}Confirmați din nou identitatea pentru{{else}}Autentificare la{{end}} <code>{{.Service}}</code>
<small>{{.Lang}}</small></p>
<form method="post" action="/login/choose"><input type="hidden" name="ticket" value="{{.Ticket}}">
{{range .Persons}}<button name="person" value="{{.ID}}">{{.FirstName}} {{.LastName}} · {{.Says}}<br>
<small>{{.IDNP}}{{range .Entities}} · {{.}}{{end}}</small></button>
{{end}}<button name="person" value="">Anulează</button></form>`))

var postPage = template.Must(template.New("").Parse(head + `<form method="post" action="{{.To}}">
<input type="hidden" name="{{.Field}}" value="{{.Message}}">
{{if .Relay}}<input type="hidden" name="RelayState" value="{{.Relay}}">
{{end}}<noscript><button>Continuă</button></noscript></form><script>document.forms[0].submit()</script>`))

var logoutPage = template.Must(template.New("").Parse(head + `<h1>Ieșire din toate serviciile</h1>
{{range .Frames}}<iframe src="/logout/frame?id={{$.ID}}&amp;n={{.}}"></iframe>
{{end}}<p><a href="/logout/end?id={{.ID}}">Continuă</a></p><script>
(async()=>{for(;;){const r=await fetch("/logout/state?id={{.ID}}");if(await r.text()!=="waiting")break;
await new Promise(f=>setTimeout(f,200))}location.href="/logout/end?id={{.ID}}"})()</script>`))

var homePage = template.Must(template.New("").Parse(head + `<h1>MPass (emulator)</h1>
{{if .}}<p>{{.FirstName}} {{.LastName}}</p><form method="post" action="/logout"><button>Ieșire</button></form>
{{else}}<p>Nicio sesiune.</p>{{end}}`))

func page(w http.ResponseWriter, t *template.Template, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = t.Execute(w, data) // the browser went away
}

func (e *Emulator) home(w http.ResponseWriter, r *http.Request) {
	if _, s := e.sessionOf(r); s != nil {
		page(w, homePage, s.person)
		return
	}
	page(w, homePage, nil)
}
