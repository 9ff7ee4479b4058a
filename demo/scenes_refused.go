package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"mconnect"
)

func refusalScenes() []scene {
	decided := func(name, shows, check string, status int, code string, system mconnect.SystemID,
		ask func(*Dataset) Request) scene {
		return scene{name, shows, func(ctx context.Context, s *stage) error {
			return s.withoutProviderCall(func() error {
				said, err := s.refused(ctx, system, ask(s.dataset), status, code)
				if err != nil {
					return err
				}
				failed, err := said.Problem.failed()
				if err == nil && failed != check {
					err = fmt.Errorf("the check that failed is %s, want %s", failed, check)
				}
				return err
			})
		}}
	}
	person := func(c mconnect.LegalContext, fields ...string) func(*Dataset) Request {
		return func(w *Dataset) Request { return Request{"GetPerson", byIDNP(w.Persons[0].IDNP), c, fields} }
	}
	with := func(c mconnect.LegalContext, change func(*mconnect.LegalContext)) mconnect.LegalContext {
		change(&c)
		return c
	}
	aid := legal(townHall, "AJUTOR-SOCIAL", 21)
	return []scene{
		decided("no-agreement", "an insurer without an agreement gets nothing", "agreement.exists", 403,
			"agreement.none", insurer, person(legal(insurer, "POLITA", 1))),
		decided("wrong-purpose", "a bank out of curiosity gets nothing", "purpose.basis", 403, "purpose.unknown", bank,
			person(legal(bank, noPurpose, 1))),
		decided("wrong-reason", "a reason that is no case number is no reason", "purpose.reason", 403, "purpose.reason",
			townHall,
			person(with(aid, func(c *mconnect.LegalContext) { c.Reason = "verificare" }))),
		decided("wrong-caller", "a CallingUser with a wrong check digit is refused", "caller.user", 403,
			"caller.userInvalid", townHall,
			person(with(aid, func(c *mconnect.LegalContext) { c.User = "2999900000010" }))),
		decided("foreign-entity", "nobody acts for an institution that it does not represent", "caller.entity", 403,
			"caller.entityForeign", townHall,
			person(with(aid, func(c *mconnect.LegalContext) { c.Entity = string(owners[bank]) }))),
		decided("field-not-granted", "a field asked for and not granted is refused, not left out", "fields", 403,
			"field.notGranted", townHall, person(aid, "Documents.Number")),
		decided("expired-agreement", "an agreement that ended lets nothing through", "agreement.period", 403,
			"agreement.expired", commune, person(legal(commune, "EVIDENTA", 1))),
		decided("suspended-agreement", "nor does a suspended one", "agreement.status", 403, "agreement.suspended",
			commune,
			func(w *Dataset) Request {
				return Request{"GetLegalEntity", byIDNO(w.Entities[0].IDNO), legal(commune, "IMPOZITE-LOCALE", 1), nil}
			}),
		decided("suspended-system", "a suspended system is refused, whatever its agreement says", "system.active", 403,
			"system.suspended", hospital, person(legal(hospital, "ASISTENTA-MEDICALA", 1))),
		{"no-context", "personal data without a legal context: no", noContext},
		{"expired-certificate", "last year's certificate identifies nobody", expiredCertificate},
		{"bad-input", "wrong check digits, unknown fields and broken JSON never reach a register", badInput},
		{"unknown-service", "what is not in the catalogue does not exist", unknownService},
		{"quota", "the fourth call of a day where three are agreed", quota},
		{"rate", "a batch job is slowed down", rate},
		{"suspension-at-once", "a system suspended while it calls is out at once, and back when lifted",
			suspensionAtOnce},
	}
}

func noContext(ctx context.Context, s *stage) error {
	return s.withoutProviderCall(func() error {
		said, err := s.ask(ctx, townHall, Request{"GetPerson", byIDNP(s.dataset.Persons[0].IDNP),
			mconnect.LegalContext{}, nil})
		if err == nil && said.Problem.Code != "context.missing" {
			err = fmt.Errorf("want context.missing, got %d %s", said.Status, said.Problem.Code)
		}
		return err
	})
}

func expiredCertificate(ctx context.Context, s *stage) error {
	return s.withoutProviderCall(func() error {
		a := Request{"GetPerson", byIDNP(s.dataset.Persons[0].IDNP), legal(townHall, "AJUTOR-SOCIAL", 22), nil}
		_, err := s.refused(ctx, oldPaper, a, http.StatusUnauthorized, "certificate.expired")
		return err
	})
}

func badInput(ctx context.Context, s *stage) error {
	c := legal(townHall, "AJUTOR-SOCIAL", 23)
	id := string(s.dataset.Persons[0].IDNP)
	return s.withoutProviderCall(func() error {
		for _, one := range []struct {
			body         string
			status       int
			code, detail string
		}{
			{`{"IDNP":"2999000006390"}`, 422, "input.invalid", "input.checkDigit"},
			{`{"IDNP":"` + id + `","Salary":true}`, 422, "input.invalid", "input.unknownField"},
			{`{}`, 422, "input.invalid", "input.missing"},
			{`{"IDNP":2999000006393}`, 422, "input.invalid", "input.type"},
			{`{"IDNP":"` + id + `","IDNP":"` + id + `"}`, 400, "message.duplicateKey", ""},
			{`{"IDNP":`, 400, "message.malformed", ""},
		} {
			said, err := s.refused(ctx, townHall, Request{"GetPerson", one.body, c, nil}, one.status, one.code)
			if err != nil {
				return fmt.Errorf("%s: %w", one.body, err)
			}
			if one.detail != "" && (len(said.Problem.Fields) == 0 || said.Problem.Fields[0].Code != one.detail) {
				return fmt.Errorf("%s: want %s, got %v", one.body, one.detail, said.Problem.Fields)
			}
		}
		return nil
	})
}

func unknownService(ctx context.Context, s *stage) error {
	_, err := s.refused(ctx, townHall, Request{"GetSalary", byIDNP(s.dataset.Persons[0].IDNP),
		legal(townHall, "AJUTOR-SOCIAL", 24), nil}, 404, "service.unknown")
	return err
}

// quota may find part of the day's three calls already used by an earlier run.
func quota(ctx context.Context, s *stage) error {
	a := Request{"GetPersonBenefits", byIDNP(s.dataset.Benefits[0].IDNP), legal(commune, "AJUTOR-SOCIAL", 1), nil}
	for n := 0; n <= 3; n++ {
		said, err := s.ask(ctx, commune, a)
		if err != nil {
			return err
		}
		switch {
		case said.Status == http.StatusTooManyRequests && said.Problem.Code == "quota.usedUp":
			return nil
		case said.Status != http.StatusOK:
			return fmt.Errorf("want data or 429 quota.usedUp, got %d %s", said.Status, said.Problem.Code)
		}
	}
	return errors.New("four calls of three passed")
}

func rate(ctx context.Context, s *stage) error {
	a := Request{"GetPerson", byIDNP(s.dataset.Persons[0].IDNP), legal(bank, "KYC", 10042), nil}
	passed := 0
	for range 200 {
		said, err := s.ask(ctx, bank, a)
		if err != nil {
			return err
		}
		switch {
		case said.Status == http.StatusOK:
			passed++
		case said.Status == http.StatusTooManyRequests && said.Problem.Code == "rate.exceeded":
			if passed == 0 {
				return errors.New("the first call was already too many")
			}
			return nil
		default:
			return fmt.Errorf("want data or 429 rate.exceeded, got %d %s", said.Status, said.Problem.Code)
		}
	}
	return errors.New("two hundred calls in a row passed where five a second are agreed")
}

// atOnce is the time within which a change must act.
const atOnce = time.Second

func suspensionAtOnce(ctx context.Context, s *stage) (err error) {
	a := Request{"GetRealEstates", byIDNP(s.dataset.Persons[0].IDNP), legal(notary, "ACT-NOTARIAL", 220), nil}
	if _, _, err := s.lawful(ctx, notary, a); err != nil {
		return fmt.Errorf("before: %w", err)
	}
	lift := func() error {
		if err := s.platform.suspend(ctx, notary, false); err != nil {
			return fmt.Errorf("lift: %w", err)
		}
		return within(ctx, atOnce, func() error {
			_, _, err := s.lawful(ctx, notary, a)
			return err
		})
	}
	defer func() { err = errors.Join(err, lift()) }()
	if err := s.platform.suspend(ctx, notary, true); err != nil {
		return fmt.Errorf("suspend: %w", err)
	}
	return within(ctx, atOnce, func() error {
		_, err := s.refused(ctx, notary, a, 403, "system.suspended")
		return err
	})
}

func providerScenes() []scene {
	return []scene{
		{"no-such-person", "nobody under this number: said as such", noSuchPerson},
		{"provider-lies", "a register that breaks its own catalogue is told on, and its answer stays", providerLies},
		{"soap-fault", "a SOAP register's fault becomes a code, with the register's own words; its \"not found\" is an answer", soapFault},
		{"file-refused", "a spreadsheet with a wrong cell is refused by row and column, and the one before stays in force", fileRefused},
		{"provider-late", "a register that thinks too long is not waited for", providerLate},
		{"provider-down", "a register that is away: said as such, and its return is noticed", providerDown},
	}
}

func noSuchPerson(ctx context.Context, s *stage) error {
	a := Request{"GetPerson", byIDNP("2999900000011"), legal(townHall, "AJUTOR-SOCIAL", 25), nil}
	said, err := s.ask(ctx, townHall, a)
	if err == nil && said.Problem.Code != "subject.notFound" {
		err = fmt.Errorf("want subject.notFound, got %d %s", said.Status, said.Problem.Code)
	}
	return err
}

func providerLies(ctx context.Context, s *stage) error {
	a := Request{"GetPerson", byIDNP(s.dataset.Garbled()), legal(townHall, "AJUTOR-SOCIAL", 26), nil}
	said, err := s.refused(ctx, townHall, a, http.StatusBadGateway, "provider.invalid")
	if err == nil && said.Problem.Leg != "provider" {
		err = fmt.Errorf("leg %s, want provider", said.Problem.Leg)
	}
	return err
}

func providerLate(ctx context.Context, s *stage) error {
	a := Request{"GetVehicle", byIDNV(s.dataset.Slow()), legal(ministry, "INSPECTIE-TEHNICA", 6), nil}
	said, err := s.refused(ctx, ministry, a, http.StatusGatewayTimeout, "provider.timeout")
	if err == nil && said.Took > 5*time.Second {
		err = fmt.Errorf("said so only after %s", said.Took)
	}
	return err
}

func providerDown(ctx context.Context, s *stage) (err error) {
	if err := s.registers.Stop(Vehicles); err != nil {
		return err
	}
	a := Request{"GetVehicle", byIDNV(s.dataset.Vehicles[0].IDNV), legal(ministry, "INSPECTIE-TEHNICA", 7), nil}
	said, err := s.ask(ctx, ministry, a)
	if err == nil && !slices.Contains([]string{"provider.down", "provider.interrupted"}, said.Problem.Code) {
		err = fmt.Errorf("want provider.down, got %d %s", said.Status, said.Problem.Code)
	}
	if back := s.registers.Restart(ctx, Vehicles); back != nil {
		return errors.Join(err, back)
	}
	return errors.Join(err, within(ctx, 15*time.Second, func() error {
		_, _, err := s.lawful(ctx, ministry, a)
		return err
	}))
}

func soapFault(ctx context.Context, s *stage) error {
	a := Request{"GetCivilStatusAct", byIDNP(s.dataset.Unarchived()), legal(townHall, "STARE-CIVILA", 5), nil}
	said, err := s.refused(ctx, townHall, a, http.StatusBadGateway, "provider.fault")
	if err != nil {
		return err
	}
	if said.Problem.Leg != "provider" || !strings.Contains(string(said.Body), "Arhiva raională este închisă") {
		return fmt.Errorf("the register's words are lost: %s", said.Body)
	}
	a.Input = byIDNP("2999900000011")
	_, err = s.refused(ctx, townHall, a, http.StatusNotFound, "subject.notFound")
	return err
}

// fileRefused uploads a table with a mistyped number, for a day that would replace the former one.
func fileRefused(ctx context.Context, s *stage) error {
	plots := s.dataset.Plots()
	a := Request{"GetHousehold", byIDNP(plots[0].Owner.IDNP), legal(notary, "ACT-NOTARIAL", 222), nil}
	before, _, err := s.lawful(ctx, notary, a)
	if err != nil {
		return err
	}
	plots[1].Owner.IDNP = "2999000006390"
	text, err := households(plots)
	if err != nil {
		return err
	}
	status, answer, err := s.platform.handIn(ctx, "GetHousehold/1.0.0", householdsName(time.Now()), text)
	if err != nil {
		return err
	}
	if status != http.StatusUnprocessableEntity || !strings.Contains(string(answer), "file.invalid") ||
		!strings.Contains(string(answer), "/row/3/Cod personal") ||
		!strings.Contains(string(answer), "input.checkDigit") {
		return fmt.Errorf("want 422 file.invalid in row 3, got %d %s", status, answer)
	}
	after, _, err := s.lawful(ctx, notary, a)
	if err == nil && (after["DataDigest"] != before["DataDigest"] || after["DataDigest"] == nil) {
		err = fmt.Errorf("the file in force was %v and is %v", before["DataDigest"], after["DataDigest"])
	}
	return err
}
