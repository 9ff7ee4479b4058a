package paper_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/access"
	"mconnect/internal/surface/portal/paper"
	"mconnect/test/must"
	"mconnect/test/pdfs"
)

const code = "ABCDE-FGHIJ-KLMNO-PQRST"

// issued is a document with a content that states more than what every document does.
func issued(kind access.DocumentKind, more map[string]any) access.Document {
	all := map[string]any{"number": "X-2026-0001", "kind": kind, "code": code, "request": "D-2026-0001", "asks": "amendment",
		"consumer": "hall", "provider": "asp", "service": "GetPerson/1.0.0", "version": 2, "digest": strings.Repeat("ab", 32)}
	for name, value := range more {
		all[name] = value
	}
	content, _ := json.Marshal(all) // of plain values
	sum := sha256.Sum256(content)
	return access.Document{DocumentRef: access.DocumentRef{Number: "X-2026-0001", Kind: kind, Code: code,
		Digest: hex.EncodeToString(sum[:]), At: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)}, Request: "D-2026-0001",
		Content: content}
}

func names() paper.Names {
	return paper.Names{Portal: "https://portal.invalid/", Participant: func(id mconnect.ParticipantID) mconnect.Text {
		if id == "hall" {
			return mconnect.Text{RO: "Primăria Ștefănești", EN: "Town hall of Ștefănești", RU: "Примэрия Штефэнешть"}
		}
		return mconnect.Text{}
	}}
}

// said is the text of a document on paper, its lines joined.
func said(t *testing.T, d access.Document, n paper.Names, lang mconnect.Lang) string {
	t.Helper()
	return strings.Join(strings.Fields(pdfs.Text(t, must.Get(paper.PDF(d, n, lang))(t))), " ")
}

func verdict() *access.Verdict {
	return &access.Verdict{Purposes: []access.PurposeVerdict{
		{Code: "P1", Granted: true, Fields: []access.FieldVerdict{{Path: "IDNP", Granted: true},
			{Path: "FirstName", Code: access.ExcessFields, Reason: "numele de familie ajunge"}}},
		{Code: "P2", Refused: access.NoBasis, Fields: []access.FieldVerdict{{Path: "LastName", Granted: true}}},
	}, Conditions: []string{"cel mult 100 de apeluri pe zi", "numai în zile lucrătoare"}}
}

// TestPDF_StatesWhatTheDocumentStates: of each kind, in each language.
func TestPDF_StatesWhatTheDocumentStates(t *testing.T) {
	refusal := &access.Refusal{Code: access.OutsideMandate, Facts: "Cererea privește altă instituție.", Law: "Legea 142/2018, art. 6",
		Remedy: "O delegare în vigoare.", Appeal: "La Agenție, în 30 de zile."}
	report := &access.TestReport{Green: false, Certificate: true, Cases: []access.TestCase{{Name: "granted field", Passed: true},
		{Name: "foreign purpose", Purpose: "P2", Detail: "want 403, got 200"}}}
	for _, c := range []struct {
		kind access.DocumentKind
		more map[string]any
		want map[mconnect.Lang][]string
		no   []string
	}{
		{access.RequestDocument, nil, map[mconnect.Lang][]string{
			"ro": {"Cererea semnată X-2026-0001", "Primăria Ștefănești (hall)", "modificare: alte câmpuri"},
			"en": {"Signed request X-2026-0001", "Town hall of Ștefănești (hall)", "2026-11-27 14:00:00"},
			"ru": {"Подписанная заявка X-2026-0001", "Примэрия Штефэнешть (hall)"}}, []string{"Decizia pe scopuri", "Testele"}},
		{access.ProviderDocument, map[string]any{"verdict": verdict()}, map[mconnect.Lang][]string{
			"ro": {"Scopul P1: acordat", "IDNP acordat", "FirstName refuzat câmpuri în exces: numele de familie ajunge",
				"Scopul P2: refuzat", "Motivul: fără temei juridic", "LastName refuzat", "• cel mult 100 de apeluri pe zi"},
			"en": {"Purpose P1: granted", "Purpose P2: refused", "Conditions"},
			"ru": {"Цель P1: предоставлено", "Условия"}}, []string{"Motivarea refuzului"}},
		{access.ConnectionDocument, map[string]any{"verdict": verdict(), "checks": []access.Check{{ID: access.CheckLaw, OK: true},
			{ID: access.CheckDPIA, Note: "se așteaptă"}}}, map[mconnect.Lang][]string{
			"ro": {"Decizia de conectare", "Verificările operatorului", "neîndeplinită se așteaptă"},
			"en": {"Checks of the operator", "not fulfilled"}, "ru": {"Проверки оператора"}}, nil},
		{access.RefusalDocument, map[string]any{"refusal": refusal}, map[mconnect.Lang][]string{
			"ro": {"Motivarea refuzului", refusal.Facts, refusal.Law, refusal.Remedy, "Calea de atac " + refusal.Appeal},
			"en": {"outside the applicant's mandate"}, "ru": {"Порядок обжалования"}}, nil},
		{access.TestDocument, map[string]any{"test": report}, map[mconnect.Lang][]string{
			"ro": {"Nu toate testele au trecut. Sistemul consumatorului are un certificat valabil.", "granted field trecut",
				"foreign purpose P2 netrecut want 403, got 200"}, "en": {"Not all tests passed."}, "ru": {"не пройден"}}, nil},
		{access.AgreementDocument, map[string]any{"agreement": "a-2026-0001", "verdict": verdict()}, map[mconnect.Lang][]string{
			"ro": {"Numărul acordului a-2026-0001"}, "en": {"Agreement X-2026-0001"}, "ru": {"Соглашение X-2026-0001"}}, nil},
	} {
		d := issued(c.kind, c.more)
		for lang, want := range c.want {
			got := said(t, d, names(), lang)
			for _, text := range append(want, code, "https://portal.invalid/verify?code="+code, "D-2026-0001", "asp",
				"GetPerson/1.0.0", "X-2026-0001 · "+code) {
				if !strings.Contains(got, text) {
					t.Errorf("%s in %s lacks %q:\n%s", c.kind, lang, text, got)
				}
			}
			if !strings.Contains(strings.ReplaceAll(got, " ", ""), d.Digest) {
				t.Errorf("%s in %s lacks the digest of the signed document", c.kind, lang)
			}
			for _, text := range c.no {
				if strings.Contains(got, text) {
					t.Errorf("%s says %q, which it does not state", c.kind, text)
				}
			}
		}
	}
}

func TestPDF_IsTheSameForTheSameDocument(t *testing.T) {
	d := issued(access.ConnectionDocument, map[string]any{"verdict": verdict()})
	one, other := must.Get(paper.PDF(d, names(), "ro"))(t), must.Get(paper.PDF(d, names(), "ro"))(t)
	if !bytes.Equal(one, other) {
		t.Error("the same document gives different bytes")
	}
	if bytes.Equal(one, must.Get(paper.PDF(d, names(), "en"))(t)) {
		t.Error("two languages give the same bytes")
	}
}

// TestPDF_RefusesAnotherContent: what was changed in the store is not printed as if the platform had signed it.
func TestPDF_RefusesAnotherContent(t *testing.T) {
	d := issued(access.RefusalDocument, nil)
	for name, content := range map[string]string{"changed": strings.Replace(string(d.Content), "hall", "mall", 1), "empty": "",
		"longer": string(d.Content) + " "} {
		changed := d
		changed.Content = []byte(content)
		if file, err := paper.PDF(changed, names(), "ro"); err == nil || file != nil {
			t.Errorf("%s: printed", name)
		}
	}
	broken := d
	broken.Content = []byte("{")
	sum := sha256.Sum256(broken.Content)
	broken.Digest = hex.EncodeToString(sum[:])
	if _, err := paper.PDF(broken, names(), "ro"); err == nil {
		t.Error("a content that is no JSON is printed")
	}
}

func TestPDF_LeavesOutWhatIsNotKnown(t *testing.T) {
	got := said(t, issued(access.RequestDocument, map[string]any{"provider": "", "version": 0}), paper.Names{}, "en")
	for _, label := range []string{"Where to verify", "Data provider", "Signed version", "Number of the agreement"} {
		if strings.Contains(got, label) {
			t.Errorf("%q is there without a value", label)
		}
	}
	if !strings.Contains(got, "Data consumer hall") {
		t.Errorf("no identifier in place of the name: %s", got)
	}
}
