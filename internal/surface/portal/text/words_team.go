package text

import (
	"time"

	"mconnect"
)

// The profile.
var (
	ProfileTitle     = say("Profilul meu", "My profile", "Мой профиль")
	LanguageOfPages  = say("Limba paginilor și a înștiințărilor", "Language of pages and notices", "Язык страниц и уведомлений")
	Save             = say("Salvează", "Save", "Сохранить")
	MySessions       = say("Sesiunile mele", "My sessions", "Мои сеансы")
	ThisSession      = say("aceasta", "this one", "этот")
	Begun            = say("Începută", "Begun", "Начат")
	LastUsed         = say("Folosită ultima dată", "Last used", "Последнее использование")
	From             = say("De unde", "From", "Откуда")
	ActsFor          = say("În numele cui", "For whom", "От чьего имени")
	EndSession       = say("Încheie", "End", "Завершить")
	SecondFactor     = say("Aplicația de coduri", "Authenticator", "Приложение с кодами")
	SecondFactorOn   = say("Aplicația de coduri este instalată.", "The authenticator is set up.", "Приложение с кодами настроено.")
	SecondFactorOff  = say("Aplicația de coduri nu este instalată.", "The authenticator is not set up.", "Приложение с кодами не настроено.")
	SetUpTOTP        = say("Instalează aplicația de coduri", "Set up an authenticator", "Настроить приложение с кодами")
	ReplaceTOTP      = say("Instalează pe alt telefon", "Set up on another phone", "Настроить на другом телефоне")
	ScanTOTP         = say("Scanați acest cod cu aplicația, apoi introduceți cele 6 cifre pe care le arată.", "Scan this code with the authenticator, then enter the 6 digits that it shows.", "Отсканируйте код приложением, затем введите 6 цифр, которые оно покажет.")
	SecretByHand     = say("Sau introduceți cheia de mână:", "Or enter the key by hand:", "Или введите ключ вручную:")
	QRName           = say("Cod QR cu cheia aplicației de coduri", "QR code with the key of the authenticator", "QR-код с ключом приложения")
	RecoveryTitle    = say("Coduri de recuperare", "Recovery codes", "Коды восстановления")
	RecoveryLead     = say("Fiecare cod ține loc de aplicație o singură dată. Păstrați-le pe hârtie; aici nu mai apar.", "Each code takes the place of the authenticator once. Keep them on paper; they are not shown again.", "Каждый код заменяет приложение один раз. Храните их на бумаге; больше они не появятся.")
	RenewRecovery    = say("Fă coduri noi", "Make new codes", "Создать новые коды")
	RecoveryKept     = say("Le-am păstrat", "I have kept them", "Я их сохранил")
	NeedsConfirm     = say("Schimbarea cere confirmarea identității.", "The change needs your identity to be confirmed.", "Изменение требует подтверждения личности.")
	ThemeIsAtTheFoot = say("Aspectul (luminos, întunecat) se alege în josul paginii.", "The appearance (light, dark) is chosen at the foot of the page.", "Оформление (светлое, тёмное) выбирается внизу страницы.")
	RecoveryLeft     = plural([3]string{"A rămas {n} cod de recuperare.", "Au rămas {n} coduri de recuperare.",
		"Au rămas {n} de coduri de recuperare."}, [2]string{"{n} recovery code is left.", "{n} recovery codes are left."},
		[3]string{"Остался {n} код восстановления.", "Осталось {n} кода восстановления.", "Осталось {n} кодов восстановления."})
)

// The team of an institution, and the platform's staff.
var (
	TeamTitle      = say("Echipa și rolurile", "Team and roles", "Команда и роли")
	TeamLead       = say("Cine ce poate face în numele instituției. Fiecare rol se acordă expres și se înregistrează.", "Who may do what for the institution. Each role is granted expressly, and recorded.", "Кто что может делать от имени учреждения. Каждая роль предоставляется явно и регистрируется.")
	Members        = say("Membri", "Members", "Участники")
	PersonColumn   = say("Persoana", "Person", "Лицо")
	RoleColumn     = say("Rolul", "Role", "Роль")
	SinceColumn    = say("Din", "Since", "С")
	UntilColumn    = say("Până la", "Until", "До")
	ActionColumn   = say("Acțiune", "Action", "Действие")
	EndRole        = say("Retrage", "End", "Отозвать")
	GrantRole      = say("Acordă un rol", "Grant a role", "Предоставить роль")
	NameOfPerson   = say("Nume și prenume", "Name", "Имя и фамилия")
	IDNPOfPerson   = say("IDNP", "IDNP", "IDNP")
	IDNPHint       = say("13 cifre. Se păstrează cifrat; persoana intră cu MPass.", "13 digits. It is kept encrypted; the person logs in by MPass.", "13 цифр. Хранится в зашифрованном виде; лицо входит через MPass.")
	UntilHint      = say("Lăsați gol pentru un rol fără termen.", "Leave it empty for a role without end.", "Оставьте пустым для бессрочной роли.")
	LastManager    = say("Ultimul manager nu poate fi retras. Acordați mai întâi rolul altei persoane.", "The last manager cannot be removed. First grant the role to another person.", "Последнего управляющего нельзя отозвать. Сначала предоставьте роль другому лицу.")
	Proposed       = say("Propus; așteaptă aprobarea altei persoane.", "Proposed; waits for another person's approval.", "Предложено; ожидает утверждения другим лицом.")
	Approve        = say("Aprobă", "Approve", "Утвердить")
	Decline        = say("Respinge", "Decline", "Отклонить")
	TwoPersons     = say("Rolul de aprobator cere două persoane: una propune, alta aprobă.", "The role of approver takes two persons: one proposes, another approves.", "Роль утверждающего требует двух лиц: один предлагает, другой утверждает.")
	OnlyManager    = say("Nu puteți acorda sau retrage roluri. Poate: managerul instituției.", "You cannot grant or end roles. It can be done by: the manager of the institution.", "Вы не можете предоставлять или отзывать роли. Может: управляющий учреждения.")
	OnlyAdmin      = say("Nu puteți acorda sau retrage roluri. Poate: administratorul personalului.", "You cannot grant or end roles. It can be done by: the staff administrator.", "Вы не можете предоставлять или отзывать роли. Может: администратор персонала.")
	WithoutEnd     = say("fără termen", "without end", "бессрочно")
	EndRoleTitle   = say("Retrageți rolul?", "End the role?", "Отозвать роль?")
	EndRoleConfirm = say("Retrage rolul", "End the role", "Отозвать роль")
)

// Setting up a local account.
var (
	LocalTitle      = say("Cont local", "Local account", "Локальная учётная запись")
	LocalLead       = say("Pentru primul operator sau pentru recuperarea unui cont. Codul se creează pe serverul platformei cu „mconnect people init”.", "For the first operator, or to recover an account. The code is made on the platform's server by “mconnect people init”.", "Для первого оператора или для восстановления учётной записи. Код создаётся на сервере платформы командой «mconnect people init».")
	SetupCode       = say("Codul de instalare", "Setup code", "Установочный код")
	PasswordHint    = say("Cel puțin 12 caractere, de exemplu câteva cuvinte fără legătură.", "At least 12 characters, for example some words that have nothing to do with each other.", "Не менее 12 символов, например несколько несвязанных слов.")
	CreateAccount   = say("Creează contul", "Create the account", "Создать учётную запись")
	UserNameHint    = say("3–40 de caractere: litere mici, cifre, punct, liniuță.", "3 to 40 characters: lower-case letters, digits, dot, hyphen.", "3–40 символов: строчные латинские буквы, цифры, точка, дефис.")
	CodeOfTheApp    = say("Cele 6 cifre din aplicație", "The 6 digits of the authenticator", "6 цифр из приложения")
	AccountIsReady  = say("Contul este gata", "The account is ready", "Учётная запись готова")
	ChosenInSetting = say("Datele contului", "The account", "Данные учётной записи")
)

// GrantedOn says since when a role is held.
func GrantedOn(at time.Time) mconnect.Text { return OnDate(at) }
