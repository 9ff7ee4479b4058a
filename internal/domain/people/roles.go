package people

import (
	"slices"

	"mconnect"
)

// Role is a function that a person has at a participant, or on the platform's staff.
type Role string

// The roles at a participant.
const (
	Editor     Role = "editor"     // writes requests, attaches, answers questions
	Signatory  Role = "signatory"  // signs for the institution; proven by MPass, certificate or MPower
	DPO        Role = "dpo"        // data protection officer (Law 195/2024 art. 37)
	Integrator Role = "integrator" // systems, certificates, sandbox, own calls
	Decider    Role = "decider"    // decides as provider
	Clerk      Role = "clerk"      // consults data by page
	Manager    Role = "manager"    // gives and takes roles, delegates, suspends
)

// The roles of the platform's staff.
const (
	Checker   Role = "checker"   // goes through the check list of a request
	Approver  Role = "approver"  // issues the Connection Decision; never the checker of the same request
	Registrar Role = "registrar" // participants, systems, services, forms, templates
	Lawyer    Role = "lawyer"    // register of legal acts, disclosure
	Security  Role = "security"  // suspends for security
	Auditor   Role = "auditor"   // reads everything with a stated basis, changes nothing
	Authority Role = "authority" // the supervisory authority (CNPDCP): reads agreements, requests, refusals
	Admin     Role = "admin"     // gives and takes the roles of the staff
)

// Staff reports whether a role is one of the platform's staff.
func Staff(r Role) bool { return slices.Contains(StaffRoles(), r) }

// Citizen is the role of everybody who has logged in, in every context.
const Citizen Role = "citizen"

// ParticipantRoles lists the roles that a participant's manager grants.
func ParticipantRoles() []Role {
	return []Role{Editor, Signatory, DPO, Integrator, Decider, Clerk, Manager}
}

// StaffRoles lists the roles that the platform's admin grants.
func StaffRoles() []Role {
	return []Role{Checker, Approver, Registrar, Lawyer, Security, Auditor, Authority, Admin}
}

// AllRoles lists every role: those at a participant, those of the staff, Citizen.
func AllRoles() []Role { return slices.Concat(ParticipantRoles(), StaffRoles(), []Role{Citizen}) }

// ParseRole reads the name of a role that can be granted: of the staff, or of a participant.
func ParseRole(s string, staff bool) (Role, error) {
	known, want := ParticipantRoles(), "editor, signatory, dpo, integrator, decider, clerk or manager"
	if staff {
		known = StaffRoles()
		want = "checker, approver, registrar, lawyer, security, auditor, authority or admin"
	}
	if r := Role(s); slices.Contains(known, r) {
		return r, nil
	}
	return "", &mconnect.ParseError{Kind: "role", Want: want}
}

// Title is the name of the role for people.
func (r Role) Title() mconnect.Text { return titles[r] }

var titles = map[Role]mconnect.Text{
	Editor:     {RO: "redactor de cereri", EN: "request editor", RU: "составитель заявок"},
	Signatory:  {RO: "semnatar", EN: "signatory", RU: "подписант"},
	DPO:        {RO: "responsabil cu protecția datelor", EN: "data protection officer", RU: "ответственный за защиту данных"},
	Integrator: {RO: "integrator", EN: "integrator", RU: "интегратор"},
	Decider:    {RO: "decident al furnizorului", EN: "provider's decider", RU: "принимающий решения у поставщика"},
	Clerk:      {RO: "funcționar", EN: "clerk", RU: "служащий"},
	Manager:    {RO: "manager al instituției", EN: "institution's manager", RU: "управляющий учреждения"},
	Checker:    {RO: "verificator de cereri", EN: "request checker", RU: "проверяющий заявки"},
	Approver:   {RO: "aprobator", EN: "approver", RU: "утверждающий"},
	Registrar:  {RO: "registrator", EN: "registrar", RU: "регистратор"},
	Lawyer:     {RO: "jurist al platformei", EN: "platform's lawyer", RU: "юрист платформы"},
	Security:   {RO: "responsabil de securitate", EN: "security officer", RU: "ответственный за безопасность"},
	Auditor:    {RO: "auditor", EN: "auditor", RU: "аудитор"},
	Authority:  {RO: "autoritate de supraveghere", EN: "supervisory authority", RU: "надзорный орган"},
	Admin:      {RO: "administrator al personalului", EN: "staff administrator", RU: "администратор персонала"},
	Citizen:    {RO: "cetățean", EN: "citizen", RU: "гражданин"},
}
