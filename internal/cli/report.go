package cli

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/durable"
	"mconnect/internal/surface/admin"
)

// reportFlags are the flags of a report.
type reportFlags struct {
	placeFlags
	subject, official, reason   string
	service, system, verdict    string
	since, until, why, evidence string
	csv, asJSON                 bool
	from, to                    time.Time
	limit                       int
}

func (s *session) journalReport() *cobra.Command {
	var r reportFlags
	c := &cobra.Command{
		Use:   "report",
		Short: "Say who used whose data, when, why, on which basis and with what outcome",
		Long: "One paragraph for each call, intent and outcome together, and for each event with personal data, newest first: who asked\n" +
			"(institution, system, official), when (Chișinău time), on which legal basis, for which purpose and stated reason, which\n" +
			"fields were allowed to leave, and what came of it. The report itself is journalled with your name. With --evidence it also\n" +
			"writes the proof of each record, which `mconnect journal verify --evidence FOLDER --key KEY` checks offline.",
		Example: "  mconnect journal report --subject 2999000006393 --since 2026-03-01 --until 2026-03-31 --lang ro\n" +
			"  mconnect journal report --official 2999900000262 --csv > report.csv\n" +
			"  mconnect journal report --call-reason DOS-2026-0017 --admin-url https://host:8445 --token-file auditor.token --ca ca.pem",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if r.from, r.to, err = parsePeriod(r.since, r.until); err != nil {
				return err
			}
			if r.asJSON {
				s.output = "json"
			}
			return s.managed(c.Context(), r.placeFlags,
				func(m adminAPI) error { return s.showReport(c.Context(), m, r) })
		},
	}
	r.flags(s, c)
	f := c.Flags()
	f.StringVar(&r.subject, "subject", "", "IDNP, IDNO or IDNV of the person asked about, in clear")
	f.StringVar(&r.official, "official", "", "person who asked (CallingUser)")
	f.StringVar(&r.service, "service", "", "service name")
	f.StringVar(&r.system, "system", "", "system that asked")
	f.StringVar(&r.verdict, "verdict", "", "answered, failed, refused or open")
	f.StringVar(&r.since, "since", "", "from then on: 2026-01-31 (a day in Chișinău), 2026-01-31T08:00:00Z, or 24h (ago)")
	f.StringVar(&r.until, "until", "", "until then, in the same forms; a day counts to its end")
	reasonFlags(c, &r.reason, &r.why)
	f.StringVar(&r.evidence, "evidence", "", "new folder for the proof of each record")
	f.IntVar(&r.limit, "limit", 0, "at most so many (default: all)")
	f.BoolVar(&r.csv, "csv", false, "as CSV (RFC 4180, UTF-8)")
	f.BoolVar(&r.asJSON, "json", false, "as JSON, like --output json")
	c.MarkFlagsMutuallyExclusive("csv", "json")
	return c
}

// showReport fetches the pages of a report and prints them.
func (s *session) showReport(ctx context.Context, m adminAPI, r reportFlags) error {
	all, err := s.fetchReport(ctx, m, r)
	if err != nil {
		return err
	}
	if r.evidence != "" {
		if err := s.proofs(ctx, m, r, all); err != nil {
			return err
		}
	}
	switch {
	case r.csv:
		return s.reportCSV(all)
	case s.output != "table":
		return s.printJSON(all)
	}
	return s.reportText(all, r)
}

func (s *session) fetchReport(ctx context.Context, m adminAPI, r reportFlags) ([]admin.Reported, error) {
	all := []admin.Reported{}
	in := map[string]any{}
	for name, value := range map[string]string{
		"subject": r.subject, "official": r.official, "reason": r.reason, "service": r.service, "system": r.system,
		"verdict": r.verdict, "why": r.why,
	} {
		if value != "" {
			in[name] = value
		}
	}
	if !r.from.IsZero() {
		in["from"] = r.from
	}
	if !r.to.IsZero() {
		in["to"] = r.to
	}
	for {
		in["limit"] = 1000
		if left := r.limit - len(all); r.limit > 0 {
			in["limit"] = min(left, 1000)
		}
		var out struct {
			Items []admin.Reported
			Next  string
		}
		if err := m.do(ctx, http.MethodPost, "/v1/journal/report?"+url.Values{"lang": {s.lang}}.Encode(), in,
			&out); err != nil {
			return nil, err
		}
		all = append(all, out.Items...)
		if out.Next == "" || r.limit > 0 && len(all) >= r.limit {
			return all, nil
		}
		in["cursor"] = out.Next
	}
}

// proofs writes the evidence of each record of a report into a new folder.
func (s *session) proofs(ctx context.Context, m adminAPI, r reportFlags, all []admin.Reported) error {
	if err := os.Mkdir(r.evidence, 0o700); err != nil {
		return usageError{err}
	}
	bar := s.progress("proofs")
	defer bar.end()
	for n, one := range all {
		bar.show(int64(n+1), int64(len(all)))
		indices := []int64{one.Index}
		if one.Outcome != nil {
			indices = append(indices, *one.Outcome)
		}
		for _, index := range indices {
			proof, err := m.proof(ctx, index, r.why)
			if err != nil {
				return err
			}
			if err := durable.WriteFile(filepath.Join(r.evidence, fmt.Sprintf("record-%d.proof", index)), proof,
				0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// reportWords are the words of a report in one language.
type reportWords struct {
	title, zone, none, total                                                    string
	when, who, system, official, entity, service, provider, basis, law, purpose string
	reason, fields, outcome, agreement, record, call                            string
	verdicts                                                                    map[string]string
}

var reportIn = map[mconnect.Lang]reportWords{
	mconnect.Romanian: {
		title: "Utilizarea datelor conform jurnalului",
		zone:  "Orele sunt cele ale orașului Chișinău (Europe/Chisinau).", none: "Nu s-a găsit nicio utilizare.",
		total: "Total utilizări", when: "Data și ora", who: "Instituția", system: "Sistemul informațional",
		official: "Funcționarul (CallingUser)",
		entity:   "Entitatea (CallingEntity)", service: "Serviciul", provider: "Furnizorul de date",
		basis: "Temeiul indicat (CallBasis)",
		law:   "Temeiul juridic al scopului", purpose: "Scopul", reason: "Motivul concret (CallReason)",
		fields: "Câmpurile acordate", outcome: "Rezultatul",
		agreement: "Acordul", record: "Înregistrarea din jurnal", call: "Apelul",
		verdicts: map[string]string{
			"answered": "datele au fost transmise", "refused": "refuzat, nicio dată nu a fost transmisă",
			"failed": "eșuat, nicio dată nu a fost transmisă",
			"open":   "fără rezultat înregistrat: furnizorul a putut fi întrebat, solicitantul nu a primit răspuns",
		},
	},
	mconnect.English: {
		title: "Use of data according to the journal", zone: "Times are those of Chișinău (Europe/Chisinau).",
		none:  "No use was found.",
		total: "Uses in total", when: "Date and time", who: "Institution", system: "Information system",
		official: "Official (CallingUser)",
		entity:   "Entity (CallingEntity)", service: "Service", provider: "Data provider",
		basis: "Stated basis (CallBasis)",
		law:   "Legal basis of the purpose", purpose: "Purpose", reason: "Stated reason (CallReason)",
		fields: "Granted fields", outcome: "Outcome",
		agreement: "Agreement", record: "Record of the journal", call: "Call",
		verdicts: map[string]string{
			"answered": "the data were handed over", "refused": "refused, no data were handed over",
			"failed": "failed, no data were handed over",
			"open":   "no outcome is recorded: the provider may have been asked, the caller got no answer",
		},
	},
	mconnect.Russian: {
		title: "Использование данных согласно журналу", zone: "Указано время Кишинёва (Europe/Chisinau).",
		none:  "Использование не найдено.",
		total: "Всего случаев использования", when: "Дата и время", who: "Учреждение", system: "Информационная система",
		official: "Должностное лицо (CallingUser)",
		entity:   "Организация (CallingEntity)", service: "Сервис", provider: "Поставщик данных",
		basis: "Указанное основание (CallBasis)",
		law:   "Правовое основание цели", purpose: "Цель", reason: "Конкретная причина (CallReason)",
		fields: "Предоставленные поля", outcome: "Результат",
		agreement: "Соглашение", record: "Запись журнала", call: "Вызов",
		verdicts: map[string]string{
			"answered": "данные переданы", "refused": "отказано, данные не передавались",
			"failed": "не выполнено, данные не передавались",
			"open":   "результат не записан: поставщик мог получить запрос, запросивший ответа не получил",
		},
	},
}

// outcomeOf describes the outcome of a use.
func (s *session) outcomeOf(one admin.Reported) string {
	text := reportIn[s.language()].verdicts[one.Verdict]
	if code := fault.Code(one.Code); one.Code != "" && code.Known() {
		text += " (" + one.Code + ")"
	}
	return text
}

// cells are the columns of a report: names and values in the same order.
func (s *session) cells(one admin.Reported) (names, values []string) {
	w := reportIn[s.language()]
	who := one.Consumer
	if one.Name != "" {
		who = one.Name + " (" + one.Consumer + ")"
	}
	record := strconv.FormatInt(one.Index, 10)
	if one.Outcome != nil {
		record += ", " + strconv.FormatInt(*one.Outcome, 10)
	}
	for _, cell := range [][2]string{
		{w.when, one.At.In(civil.Zone()).Format("02.01.2006 15:04:05")}, {w.who, who}, {w.system, one.System},
		{w.official, one.Official},
		{w.entity, one.Entity}, {w.service, one.Service}, {w.provider, one.Provider}, {w.law, one.LegalBasis},
		{w.basis, one.Basis},
		{w.purpose, one.Purpose}, {w.reason, one.Reason}, {w.fields, strings.Join(one.Fields, ", ")},
		{w.outcome, s.outcomeOf(one)},
		{w.agreement, one.Agreement}, {w.record, record}, {w.call, one.Call},
	} {
		names, values = append(names, cell[0]), append(values, cell[1])
	}
	return names, values
}

func (s *session) reportText(all []admin.Reported, r reportFlags) error {
	w := reportIn[s.language()]
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", w.title, w.zone)
	if len(all) == 0 {
		fmt.Fprintf(&b, "\n%s\n", w.none)
	}
	for _, one := range all {
		b.WriteByte('\n')
		names, values := s.cells(one)
		for i, name := range names {
			if values[i] != "" {
				fmt.Fprintf(&b, "%s: %s\n", name, printable(values[i]))
			}
		}
	}
	fmt.Fprintf(&b, "\n%s: %d\n", w.total, len(all))
	_, err := s.out.Write([]byte(b.String()))
	return err
}

func (s *session) reportCSV(all []admin.Reported) error {
	w := csv.NewWriter(s.out)
	names, _ := s.cells(admin.Reported{})
	_ = w.Write(names) // Flush keeps the first error
	for _, one := range all {
		_, values := s.cells(one)
		_ = w.Write(escapeFormulas(values))
	}
	w.Flush()
	return w.Error()
}

// escapeFormulas keeps what a caller stated from acting in a spreadsheet.
func escapeFormulas(cells []string) []string {
	for i, value := range cells {
		if value != "" && strings.ContainsRune("=+-@\t\r", rune(value[0])) {
			cells[i] = "'" + value
		}
	}
	return cells
}

// printable shows what a caller stated without what would move the cursor of a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, text)
}
