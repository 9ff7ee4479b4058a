package text

import (
	"time"

	"mconnect"
)

// Forms.
var (
	SomethingToCorrect = plural([3]string{"Este {n} lucru de îndreptat", "Sunt {n} lucruri de îndreptat",
		"Sunt {n} de lucruri de îndreptat"}, [2]string{"There is {n} thing to correct", "There are {n} things to correct"},
		[3]string{"Нужно исправить {n} место", "Нужно исправить {n} места", "Нужно исправить {n} мест"})
	NotAllowedHere = say("Nu aveți dreptul la această acțiune.", "You do not have the right to do this.",
		"У вас нет права на это действие.")
)

// The page of the login.
var (
	LoginTitle     = say("Autentificare", "Log in", "Вход")
	LoginHeading   = say("Intrați în MConnect", "Log in to MConnect", "Вход в MConnect")
	LoginLead      = say("Cu aceeași identitate ca la celelalte servicii publice.", "With the same identity as for other public services.", "С той же учётной записью, что и для других государственных услуг.")
	LoginMPass     = say("Continuă cu MPass", "Continue with MPass", "Продолжить с MPass")
	LoginMPassNote = say(
		"Semnătură mobilă, buletin electronic sau certificat. Veți fi dus la MPass și adus înapoi la pagina de unde ați plecat.",
		"Mobile signature, electronic identity card or certificate. MPass opens, and leads back to the page from which you came.",
		"Мобильная подпись, электронное удостоверение или сертификат. Откроется MPass, затем вы вернётесь на исходную страницу.")
	OtherWays     = say("Alte feluri de a intra", "Other ways to log in", "Другие способы входа")
	LocalAccounts = say("Contul local este numai pentru primul operator și pentru demonstrație.",
		"A local account is only for the first operator and for the demonstration.",
		"Локальная учётная запись – только для первого оператора и для демонстрации.")
	UserName         = say("Utilizator", "User name", "Имя пользователя")
	Password         = say("Parola", "Password", "Пароль")
	CodeOfApp        = say("Codul din aplicație", "Code of the authenticator", "Код из приложения")
	CodeHint         = say("6 cifre, sau un cod de recuperare. Lăsați gol dacă nu ați instalat aplicația.", "6 digits, or a recovery code. Leave it empty if you have not set up the authenticator.", "6 цифр или код восстановления. Оставьте пустым, если приложение не настроено.")
	FirstOperator    = say("Am un cod de instalare", "I have a setup code", "У меня есть установочный код")
	WithoutLogin     = say("Fără autentificare puteți", "Without logging in you can", "Без входа можно")
	CanSearch        = say("căuta în catalog și descărca descrierile", "search the catalogue and download descriptions", "искать в каталоге и скачивать описания")
	CanSeeAgreements = say("vedea cine folosește datele cui, în ce temei", "see who uses whose data, and on which basis", "видеть, кто чьи данные использует и на каком основании")
	CanReadErrors    = say("citi ce înseamnă un cod de eroare", "read what an error code means", "прочитать, что означает код ошибки")
	SessionLimits    = say("Sesiunea ține 30 de minute fără activitate și cel mult 10 ore.",
		"A session lasts 30 minutes without activity, and 10 hours at most.",
		"Сеанс длится 30 минут без активности и не более 10 часов.")
	NotSent = say(
		"Sesiunea s-a încheiat înainte ca formularul să fie trimis. Ce ați scris este păstrat pe această pagină: intrați, apoi trimiteți din nou.",
		"The session ended before the form was sent. What you entered is kept on this page: log in, then send it again.",
		"Сеанс завершился до отправки формы. Введённые данные сохранены на этой странице: войдите и отправьте их снова.")
	LogOut = say("Ieși din cont", "Log out", "Выйти")
)

// Confirming the identity, and going on with a form.
var (
	ConfirmTitle = say("Confirmați identitatea", "Confirm your identity", "Подтвердите личность")
	ConfirmLead  = say("Această acțiune are urmări mari. Confirmați că sunteți dumneavoastră; confirmarea ține 5 minute.",
		"This action has large consequences. Confirm that it is you; the confirmation holds for 5 minutes.",
		"Это действие имеет серьёзные последствия. Подтвердите, что это вы; подтверждение действует 5 минут.")
	ConfirmButton   = say("Confirmă", "Confirm", "Подтвердить")
	ConfirmPassword = say("Parola, dacă nu aveți aplicația de coduri", "Password, if you have no authenticator",
		"Пароль, если нет приложения с кодами")
	ResumeTitle = say("Trimiteți formularul", "Send the form", "Отправьте форму")
	ResumeLead  = say("Identitatea este confirmată. Datele introduse sunt păstrate; încă nu au fost trimise.",
		"Your identity is confirmed. What you entered is kept; it has not been sent yet.",
		"Личность подтверждена. Введённые данные сохранены; они ещё не отправлены.")
	ResumeButton = say("Trimite", "Send", "Отправить")
	GoBack       = say("Înapoi la pagină", "Back to the page", "Назад к странице")
)

// Choosing the context.
var (
	ContextTitle   = say("În numele cui lucrați", "For whom you act", "От чьего имени вы действуете")
	ContextHeading = say("În numele cui lucrați?", "For whom do you act?", "От чьего имени вы действуете?")
	ContextLead    = say(
		"Puteți schimba oricând, fără să ieșiți. Ce faceți se înregistrează cu numele dumneavoastră și al instituției.",
		"You can change it at any time without logging out. What you do is recorded with your name and that of the institution.",
		"Можно сменить в любой момент, не выходя. Ваши действия регистрируются от вашего имени и имени учреждения.")
	Institutions  = say("Instituții", "Institutions", "Учреждения")
	NaturalPerson = say("persoană fizică", "natural person", "физическое лицо")
	MissingPlace  = say("Lipsește o instituție? Rolurile le dă managerul ei, în pagina „Echipa și rolurile”.",
		"Is an institution missing? Its manager grants the roles, on the page “Team and roles”.",
		"Не хватает учреждения? Роли предоставляет его управляющий на странице «Команда и роли».")
	FirstManager = say("Instituția nu are încă manager. MPass arată că o administrați: puteți deveni primul manager.",
		"The institution has no manager yet. MPass states that you administer it: you can become its first manager.",
		"У учреждения ещё нет управляющего. По данным MPass вы им управляете: вы можете стать первым управляющим.")
	FirstTitle = say("Primul manager", "First manager", "Первый управляющий")
	FirstLead  = say(
		"Veți putea acorda și retrage roluri în această instituție. Actul se înregistrează în jurnal, cu numele dumneavoastră.",
		"You will be able to grant and end roles in this institution. The act is recorded in the journal, with your name.",
		"Вы сможете предоставлять и отзывать роли в этом учреждении. Действие регистрируется в журнале от вашего имени.")
	BecomeManager = say("Devin manager", "Become manager", "Стать управляющим")
	Cancel        = say("Renunță", "Cancel", "Отмена")
)

// RolesEnded says when the last role at an institution ended.
func RolesEnded(at time.Time) mconnect.Text {
	return with(say("Rolul dumneavoastră s-a încheiat la {1}. Îl poate reda: managerul instituției.",
		"Your role ended on {1}. It can be granted again by: the manager of the institution.",
		"Ваша роль завершилась {1}. Её может вернуть: управляющий учреждения."), OnDate(at))
}

// RolesUntil says when roles end.
func RolesUntil(at time.Time) mconnect.Text {
	return with(say("până la {1}", "until {1}", "до {1}"), OnDate(at))
}

// The first page of a person who has logged in.
var (
	DashboardTitle = say("Acasă", "Home", "Главная")
	MyTasks        = say("Sarcinile mele", "My tasks", "Мои задачи")
	NoTasks        = say(
		"Nimic de făcut. Aici vin întrebările, deciziile de luat și certificatele care expiră, fiecare cu data limită.",
		"Nothing to do. Questions, decisions to take and certificates that expire appear here, each with its date.",
		"Дел нет. Здесь появляются вопросы, решения и истекающие сертификаты, каждый со сроком.")
	FirstSteps = say("Primii pași", "First steps", "Первые шаги")
	ToAct      = say("Alegeți în numele cui lucrați", "Choose for whom you act", "Выберите, от чьего имени действуете")
	ToActNote  = say("Acum sunteți aici numai în nume propriu.", "You are here in your own name only.",
		"Сейчас вы здесь только от своего имени.")
	ToTeam     = say("Vedeți cine are roluri în instituție", "See who has roles in the institution", "Посмотрите, у кого есть роли в учреждении")
	ToTeamNote = say("Semnatarul și responsabilul cu protecția datelor sunt necesari pentru o cerere.",
		"The signatory and the data protection officer are needed for a request.",
		"Для заявки нужны подписант и ответственный за защиту данных.")
	ToCatalogue     = say("Găsiți serviciul de care aveți nevoie", "Find the service that you need", "Найдите нужную услугу")
	ToCatalogueNote = say("Fiecare serviciu arată câmpurile, exemplele și cine îl folosește.",
		"Each service shows its fields, examples and who uses it.",
		"Для каждой услуги показаны поля, примеры и кто её использует.")
	ToProfile     = say("Instalați aplicația de coduri", "Set up an authenticator", "Настройте приложение с кодами")
	ToProfileNote = say("Codul protejează contul și este cerut la deciziile importante.",
		"The code protects the account, and is asked for at important decisions.",
		"Код защищает учётную запись и требуется при важных решениях.")
	OpenIt = say("Deschide", "Open", "Открыть")
)

// Greeting greets a person.
func Greeting(name string) mconnect.Text {
	return with(say("Bună ziua, {1}", "Good day, {1}", "Здравствуйте, {1}"), Plain(name))
}

// DueOn says until when something has to be done.
func DueOn(at time.Time) mconnect.Text {
	return with(say("până la {1}", "by {1}", "до {1}"), OnDate(at))
}
