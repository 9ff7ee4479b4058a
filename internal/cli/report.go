package cli

import (
	"context"
	"encoding/csv"
	"fmt"
	"maps"
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
	in := map[string]any{
		"subject": r.subject, "official": r.official, "reason": r.reason, "service": r.service, "system": r.system,
		"verdict": r.verdict, "why": r.why, "from": r.from, "to": r.to,
	}
	maps.DeleteFunc(in, unstated)
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

// The words of a report.
var (
	reportTitle = text("Utilizarea datelor conform jurnalului", "Use of data according to the journal",
		"Использование данных согласно журналу")
	reportZone = text("Orele sunt cele ale orașului Chișinău (Europe/Chisinau).",
		"Times are those of Chișinău (Europe/Chisinau).", "Указано время Кишинёва (Europe/Chisinau).")
	reportNone   = text("Nu s-a găsit nicio utilizare.", "No use was found.", "Использование не найдено.")
	reportTotal  = text("Total utilizări", "Uses in total", "Всего случаев использования")
	reportResult = map[string]mconnect.Text{
		"answered": text("datele au fost transmise", "the data were handed over", "данные переданы"),
		"refused": text("refuzat, nicio dată nu a fost transmisă", "refused, no data were handed over",
			"отказано, данные не передавались"),
		"failed": text("eșuat, nicio dată nu a fost transmisă", "failed, no data were handed over",
			"не выполнено, данные не передавались"),
		"open": text("fără rezultat înregistrat: furnizorul a putut fi întrebat, solicitantul nu a primit răspuns",
			"no outcome is recorded: the provider may have been asked, the caller got no answer",
			"результат не записан: поставщик мог получить запрос, запросивший ответа не получил"),
	}
	// reportColumns are in the order of cells.
	reportColumns = []mconnect.Text{
		text("Data și ora", "Date and time", "Дата и время"),
		text("Instituția", "Institution", "Учреждение"),
		text("Sistemul informațional", "Information system", "Информационная система"),
		text("Funcționarul (CallingUser)", "Official (CallingUser)", "Должностное лицо (CallingUser)"),
		text("Entitatea (CallingEntity)", "Entity (CallingEntity)", "Организация (CallingEntity)"),
		text("Serviciul", "Service", "Сервис"),
		text("Furnizorul de date", "Data provider", "Поставщик данных"),
		text("Temeiul juridic al scopului", "Legal basis of the purpose", "Правовое основание цели"),
		text("Temeiul indicat (CallBasis)", "Stated basis (CallBasis)", "Указанное основание (CallBasis)"),
		text("Scopul", "Purpose", "Цель"),
		text("Motivul concret (CallReason)", "Stated reason (CallReason)", "Конкретная причина (CallReason)"),
		text("Câmpurile acordate", "Granted fields", "Предоставленные поля"),
		text("Rezultatul", "Outcome", "Результат"),
		text("Acordul", "Agreement", "Соглашение"),
		text("Înregistrarea din jurnal", "Record of the journal", "Запись журнала"),
		text("Apelul", "Call", "Вызов"),
	}
)

// reportHead are the names of the columns.
func (s *session) reportHead() (names []string) {
	for _, name := range reportColumns {
		names = append(names, s.say(name))
	}
	return names
}

// cells are the values of the columns.
func (s *session) cells(one admin.Reported) []string {
	who, record, outcome := one.Consumer, strconv.FormatInt(one.Index, 10), s.say(reportResult[one.Verdict])
	if one.Name != "" {
		who = one.Name + " (" + one.Consumer + ")"
	}
	if one.Outcome != nil {
		record += ", " + strconv.FormatInt(*one.Outcome, 10)
	}
	if code := fault.Code(one.Code); one.Code != "" && code.Known() {
		outcome += " (" + one.Code + ")"
	}
	return []string{one.At.In(civil.Zone()).Format("02.01.2006 15:04:05"), who, one.System, one.Official, one.Entity,
		one.Service, one.Provider, one.LegalBasis, one.Basis, one.Purpose, one.Reason, strings.Join(one.Fields, ", "),
		outcome, one.Agreement, record, one.Call}
}

func (s *session) reportText(all []admin.Reported, r reportFlags) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", s.say(reportTitle), s.say(reportZone))
	if len(all) == 0 {
		fmt.Fprintf(&b, "\n%s\n", s.say(reportNone))
	}
	names := s.reportHead()
	for _, one := range all {
		b.WriteByte('\n')
		for i, value := range s.cells(one) {
			if value != "" {
				fmt.Fprintf(&b, "%s: %s\n", names[i], printable(value))
			}
		}
	}
	fmt.Fprintf(&b, "\n%s: %d\n", s.say(reportTotal), len(all))
	_, err := s.out.Write([]byte(b.String()))
	return err
}

func (s *session) reportCSV(all []admin.Reported) error {
	w := csv.NewWriter(s.out)
	_ = w.Write(s.reportHead()) // Flush keeps the first error
	for _, one := range all {
		_ = w.Write(escapeFormulas(s.cells(one)))
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
