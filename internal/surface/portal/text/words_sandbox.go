package text

// The console of the sandbox.
var (
	SandboxTitle = say("Sandbox: încercați un apel", "Sandbox: try a call", "Песочница: попробуйте вызов")
	SandboxLead  = say(
		"Nicio persoană reală și niciun registru: sandboxul răspunde cu date inventate.",
		"No real person and no register: the sandbox answers with invented data.",
		"Ни реальных лиц, ни регистров: песочница отвечает вымышленными данными.")
	SandboxSystem      = say("Sistemul dumneavoastră", "Your system", "Ваша система")
	SandboxService     = say("Serviciul", "Service", "Сервис")
	SandboxBasis       = say("Temeiul sau codul scopului", "Basis, or code of the purpose", "Основание или код цели")
	SandboxBasisHint   = say("Ceea ce sistemul trimite în CallBasis. Lista propune ce prevăd acordurile dumneavoastră.", "What the system sends in CallBasis. The list proposes what your agreements provide for.", "То, что система передаёт в CallBasis. Список предлагает то, что предусмотрено вашими соглашениями.")
	SandboxReason      = say("Motivul concret", "Concrete reason", "Конкретная причина")
	SandboxReasonHint  = say("Ceea ce sistemul trimite în CallReason. Nu scrieți date despre persoane reale.", "What the system sends in CallReason. Do not write data of real persons.", "То, что система передаёт в CallReason. Не указывайте данные реальных лиц.")
	SandboxUser        = say("IDNP-ul utilizatorului, inventat", "IDNP of the user, invented", "IDNP пользователя, вымышленный")
	SandboxEntity      = say("IDNO-ul entității care cere", "IDNO of the entity that asks", "IDNO запрашивающей организации")
	SandboxPerson      = say("Persoana inventată", "Invented person", "Вымышленное лицо")
	SandboxPersonHint  = say("Un IDNP care începe cu 2999, de exemplu 2999000006393.", "An IDNP that begins with 2999, e.g. 2999000006393.", "IDNP, начинающийся с 2999, например 2999000006393.")
	SandboxJudge       = say("Ar fi permis în producție?", "Would it be allowed in production?", "Был бы он разрешён в рабочей среде?")
	SandboxSend        = say("Trimite în sandbox", "Send to the sandbox", "Отправить в песочницу")
	SandboxNoSystem    = say("Participantul nu are niciun sistem care consumă date. Îl înregistrează operatorul platformei.", "The participant has no system that consumes data. The operator of the platform registers it.", "У участника нет системы, потребляющей данные. Её регистрирует оператор платформы.")
	SandboxWouldPass   = say("Apelul ar fi permis.", "The call would be allowed.", "Вызов был бы разрешён.")
	SandboxWouldFail   = say("Apelul ar fi refuzat.", "The call would be refused.", "Вызов был бы отклонён.")
	SandboxSimulation  = say("Este o simulare după acordurile reale, ca dintr-o rețea permisă: niciun registru nu a fost întrebat, cota nu s-a consumat și jurnalul nu conține un apel.", "This is a simulation by the real agreements, as from an allowed network: no register was asked, no quota was used and the journal holds no call.", "Это симуляция по реальным соглашениям, как из разрешённой сети: ни один регистр не запрошен, квота не израсходована, и в журнале нет вызова.")
	SandboxAnswered    = say("Sandboxul a răspuns.", "The sandbox answered.", "Песочница ответила.")
	SandboxNotAnswered = say("Sandboxul nu a răspuns cu date.", "The sandbox did not answer with data.", "Песочница не вернула данных.")
	SandboxAnswer      = say("Răspunsul, tăiat la câmpurile acordate", "The answer, cut to the granted fields", "Ответ, сокращённый до предоставленных полей")
	SandboxGranted     = say("Câmpuri care ar pleca", "Fields that would leave", "Поля, которые были бы переданы")
	SandboxInvalid     = say("Corectați ce este marcat.", "Correct what is marked.", "Исправьте отмеченное.")
	SandboxNotInvented = say("Nu este un IDNP inventat valid: trebuie să înceapă cu 2999 și să aibă cifra de control corectă.", "This is no valid invented IDNP: it must begin with 2999 and have the right check digit.", "Это не корректный вымышленный IDNP: он должен начинаться с 2999 и иметь правильную контрольную цифру.")
	SandboxChoose      = say("Alegeți din listă.", "Choose from the list.", "Выберите из списка.")
)
