package text

// Login and logout by MPass.
var (
	ToMPass     = say("Continuați la MPass", "Continue at MPass", "Продолжите в MPass")
	ToMPassLead = say("MPass este serviciul guvernamental de autentificare. Acolo vă confirmați identitatea, apoi reveniți aici.",
		"MPass is the government's login service. There you confirm your identity, and then return here.",
		"MPass – государственная служба аутентификации. Там вы подтверждаете личность и затем возвращаетесь сюда.")
	LeaveMPassLead = say("Sesiunea de aici s-a încheiat. MPass încheie și sesiunile celorlalte servicii.",
		"The session here has ended. MPass ends the sessions of the other services as well.",
		"Сеанс здесь завершён. MPass завершит и сеансы других служб.")
	Continue      = say("Continuă", "Continue", "Продолжить")
	LoggedOut     = say("Ați ieșit", "You have logged out", "Вы вышли")
	LoggedOutLead = say("Sesiunea s-a încheiat aici și la toate serviciile în care ați intrat prin MPass.",
		"The session has ended here and at all services that you entered by MPass.",
		"Сеанс завершён здесь и во всех службах, в которые вы вошли через MPass.")
	LoggedOutPartly = say("Sesiunea s-a încheiat aici. Unul dintre celelalte servicii nu a răspuns: închideți browserul ca să încheiați și acea sesiune.",
		"The session has ended here. One of the other services did not answer: close the browser to end that session too.",
		"Сеанс здесь завершён. Одна из других служб не ответила: закройте браузер, чтобы завершить и тот сеанс.")
)
