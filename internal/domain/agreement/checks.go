package agreement

import (
	"strconv"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
)

func (t *trial) systemActive() outcome {
	if !t.req.Consumer.SystemActive {
		return failed(fault.SystemSuspended, "system", string(t.req.Consumer.System))
	}
	return passed
}

func (t *trial) participantActive() outcome {
	if !t.req.Consumer.ParticipantActive {
		return failed(fault.ParticipantSuspended, "participant", string(t.req.Consumer.System.Participant()))
	}
	return passed
}

func (t *trial) systemRole() outcome {
	if !t.req.Consumer.MayConsume {
		return failed(fault.SystemNotConsumer, "system", string(t.req.Consumer.System))
	}
	return passed
}

// network holds the caller's address to the system's networks; a system without networks may call from
// anywhere. IPv4 written as IPv6 is IPv4.
func (t *trial) network() outcome {
	if mconnect.InNetworks(t.req.Consumer.Networks, t.req.From) {
		return passed
	}
	address := ""
	if from := t.req.From.Unmap().WithZone(""); from.IsValid() {
		address = from.String()
	}
	return failed(fault.NetworkForbidden, "system", string(t.req.Consumer.System), "address", address)
}

func (t *trial) serviceActive() outcome {
	if !t.req.Service.ProviderActive {
		return failed(fault.ServiceSuspended, "service", string(t.req.Service.Name))
	}
	return passed
}

func (t *trial) agreementExists() outcome {
	if t.agreement == nil {
		return failed(fault.AgreementNone, "system", string(t.req.Consumer.System),
			"service", string(t.req.Service.Name))
	}
	return passed
}

// agreementStatus lets only an agreement in force pass; a status that is not understood is none.
func (t *trial) agreementStatus() outcome {
	switch t.agreement.Status {
	case "", InForce:
		if s := t.agreement.SuspendedBy(t.at); s != nil {
			return s.refusal(t.agreement.ID)
		}
		return passed
	case Granted:
		return failed(fault.AgreementGranted, "agreement", string(t.agreement.ID))
	case Suspended:
		return failed(fault.AgreementSuspended, "agreement", string(t.agreement.ID))
	}
	return failed(fault.AgreementTerminated, "agreement", string(t.agreement.ID))
}

func (t *trial) agreementPeriod() outcome {
	p, id := t.agreement.Validity, string(t.agreement.ID)
	switch {
	case p.NotYet(t.at):
		return failed(fault.AgreementNotYet, "agreement", id, "from", day(p.From))
	case p.Over(t.at):
		return failed(fault.AgreementExpired, "agreement", id, "to", day(p.To))
	}
	return passed
}

// agreementVersion: an agreement covers one MAJOR version from its MINOR up (semver 2.0: a later MINOR
// takes nothing away).
func (t *trial) agreementVersion() outcome {
	covers, called := t.agreement.Version, t.req.Service.Version
	if called.Major == covers.Major && called.Minor >= covers.Minor {
		return passed
	}
	span := strconv.Itoa(covers.Major) + "." + strconv.Itoa(covers.Minor) + " – " + strconv.Itoa(covers.Major) + ".x"
	return failed(fault.AgreementVersion, "agreement", string(t.agreement.ID), "range", span, "version",
		called.String())
}

func (t *trial) purposeBasis() outcome {
	if t.stateless {
		return inapplicable
	}
	if t.choice.depth < 1 {
		return failed(fault.PurposeUnknown, "agreement", string(t.agreement.ID), "accepted", t.agreement.accepted())
	}
	return passed
}

// accepted lists the legal bases that the agreement accepts, as written, bounded for a sentence.
func (c *Compiled) accepted() string {
	var all []string
	for _, p := range c.Purposes {
		for _, a := range p.Accepts {
			all = append(all, "«"+a+"»")
		}
	}
	const most = 5
	if len(all) > most {
		all = append(all[:most:most], "…")
	}
	return strings.Join(all, "; ")
}

func (t *trial) purposeReason() outcome {
	if t.stateless {
		return inapplicable
	}
	if t.choice.depth < 2 {
		p := t.choice.of(t.agreement)
		form, example := p.Reason.Form, ""
		if p.Reason.Example != "" {
			example = " (" + p.Reason.Example + ")"
		}
		return failed(fault.PurposeReason, "purpose", string(p.Code), "form", form.RO+example,
			"form.en", form.In(mconnect.English)+example, "form.ru", form.In(mconnect.Russian)+example)
	}
	return passed
}

func (t *trial) purposePeriod() outcome {
	if t.choice.depth == 3 {
		return passed
	}
	p := t.choice.of(t.agreement)
	if p == nil { // no purpose at all: an agreement that was never validated
		return failed(fault.PurposeUnknown, "agreement", string(t.agreement.ID))
	}
	if p.Validity.NotYet(t.at) {
		return failed(fault.PurposeNotYet, "purpose", string(p.Code), "from", day(p.Validity.From))
	}
	return failed(fault.PurposeExpired, "purpose", string(p.Code), "to", day(p.Validity.To))
}

// fields holds what is asked for to what is granted (Law 195/2024, data minimisation; cf. GDPR, art. 5 (1) (c):
// no more data than the purpose needs).
func (t *trial) fields() outcome {
	p := t.choice.of(t.agreement)
	grant, missing := narrow(p.Fields, t.req.Fields)
	if missing != "" {
		return failed(fault.FieldNotGranted, "field", missing, "purpose", string(p.Code))
	}
	t.grant = grant
	return passed
}

func (t *trial) rate() outcome {
	limit := t.agreement.Quota.PerSecond
	if limit <= 0 || !t.usage.RateExceeded {
		return passed
	}
	o := failed(fault.RateExceeded, "agreement", string(t.agreement.ID), "limit",
		strconv.FormatFloat(limit, 'f', -1, 64))
	o.wait = max(time.Second, time.Duration(float64(time.Second)/limit))
	return o
}

func (t *trial) quota() outcome {
	limit := t.agreement.Quota.PerDay
	if limit <= 0 || t.usage.Today < limit {
		return passed
	}
	o := failed(fault.QuotaUsedUp, "agreement", string(t.agreement.ID), "limit", strconv.FormatInt(limit, 10))
	local := t.at.In(chisinau)
	midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, chisinau)
	o.wait = midnight.Sub(t.at).Truncate(time.Second) + time.Second
	return o
}

// chisinau is where the calendar days of agreements are counted.
var chisinau = civil.Zone()

// day writes a moment as people in Chișinău date it; the hour is left out at midnight.
func day(at time.Time) string {
	local := at.In(chisinau)
	if local.Hour() == 0 && local.Minute() == 0 {
		return local.Format("02.01.2006")
	}
	return local.Format("02.01.2006 15:04")
}
