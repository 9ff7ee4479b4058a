package fault

// logins says why a message of the identity provider logs nobody in or out.
var logins = map[Code]Entry{
	LoginMarkup: {Malformed, Caller, ByOperator, Text{
		RO: "Mesajul primit de la MPass nu poate fi citit ({what}).",
		EN: "The message from MPass cannot be read ({what}).",
		RU: "Сообщение от MPass невозможно прочитать ({what}).",
	}, beginAgain},
	LoginSignature: {Refused, Caller, ByOperator, Text{
		RO: "Mesajul primit nu poartă semnătura pe care o pune MPass.",
		EN: "The message does not bear the signature that MPass makes.",
		RU: "Сообщение не имеет подписи, которую ставит MPass.",
	}, doNotRepeat},
	LoginWeak: {Refused, Caller, ByOperator, Text{
		RO: "Mesajul primit este semnat cu un algoritm care nu mai este admis (SHA-1).",
		EN: "The message is signed with an algorithm that is no longer admitted (SHA-1).",
		RU: "Сообщение подписано алгоритмом, который больше не допускается (SHA-1).",
	}, doNotRepeat},
	LoginKey: {Refused, Caller, ByOperator, Text{
		RO: "Mesajul primit este semnat cu o cheie care nu aparține MPass.",
		EN: "The message is signed with a key that is not one of MPass.",
		RU: "Сообщение подписано ключом, который не принадлежит MPass.",
	}, doNotRepeat},
	LoginAssertion: {Refused, Caller, ByOperator, Text{
		RO: "Mesajul primit nu conține exact o declarație despre o persoană ({what}).",
		EN: "The message does not hold exactly one statement about a person ({what}).",
		RU: "Сообщение не содержит ровно одного утверждения о лице ({what}).",
	}, doNotRepeat},
	LoginIssuer: {Refused, Caller, ByOperator, Text{
		RO: "Mesajul primit nu este emis de MPass.",
		EN: "The message was not issued by MPass.",
		RU: "Сообщение выдано не системой MPass.",
	}, doNotRepeat},
	LoginDestination: {Refused, Caller, ByOperator, Text{
		RO: "Mesajul primit este destinat altei adrese.",
		EN: "The message is addressed to another place.",
		RU: "Сообщение адресовано не этому сайту.",
	}, doNotRepeat},
	LoginRecipient: {Refused, Caller, ByOperator, Text{
		RO: "Declarația despre persoană este destinată altei adrese.",
		EN: "The statement about the person is addressed to another place.",
		RU: "Утверждение о лице адресовано не этому сайту.",
	}, doNotRepeat},
	LoginAudience: {Refused, Caller, ByOperator, Text{
		RO: "Declarația despre persoană este destinată altui serviciu.",
		EN: "The statement about the person is meant for another service.",
		RU: "Утверждение о лице предназначено другой службе.",
	}, doNotRepeat},
	LoginExpired: {Refused, Caller, ByConsumer, Text{
		RO: "Confirmarea de la MPass a expirat.",
		EN: "The confirmation from MPass has expired.",
		RU: "Подтверждение от MPass истекло.",
	}, beginAgain},
	LoginEarly: {Refused, Caller, ByOperator, Text{
		RO: "Confirmarea de la MPass poartă o oră din viitor.",
		EN: "The confirmation from MPass bears a time in the future.",
		RU: "Подтверждение от MPass содержит время в будущем.",
	}, checkTheClock},
	LoginUnsolicited: {Refused, Caller, ByConsumer, Text{
		RO: "Mesajul nu răspunde unei autentificări începute aici sau aceasta s-a încheiat deja.",
		EN: "The message answers no login that was begun here, or that login is over.",
		RU: "Сообщение не отвечает на начатый здесь вход, или этот вход уже завершён.",
	}, beginAgain},
	LoginBrowser: {Refused, Caller, ByConsumer, Text{
		RO: "Autentificarea a fost începută în alt browser sau acesta nu păstrează cookie-uri.",
		EN: "The login was begun in another browser, or this one keeps no cookies.",
		RU: "Вход был начат в другом браузере, или этот браузер не сохраняет файлы cookie.",
	}, beginAgain},
	LoginReplayed: {Refused, Caller, ByConsumer, Text{
		RO: "Confirmarea de la MPass a fost deja folosită.",
		EN: "The confirmation from MPass has been used already.",
		RU: "Подтверждение от MPass уже было использовано.",
	}, beginAgain},
	LoginStatus: {Refused, Caller, ByConsumer, Text{
		RO: "MPass nu a confirmat identitatea ({status}).",
		EN: "MPass has not confirmed the identity ({status}).",
		RU: "MPass не подтвердил личность ({status}).",
	}, beginAgain},
	LoginPassive: {Refused, Caller, ByConsumer, Text{
		RO: "MPass nu vă poate confirma identitatea fără să vă întrebe.",
		EN: "MPass cannot confirm your identity without asking you.",
		RU: "MPass не может подтвердить вашу личность, не спросив вас.",
	}, beginAgain},
	LoginIncomplete: {Refused, Caller, ByOperator, Text{
		RO: "Declarația despre persoană nu conține un {what} valid.",
		EN: "The statement about the person has no valid {what}.",
		RU: "Утверждение о лице не содержит действительного поля {what}.",
	}, turnToOperator},
	LoginNotConfirmed: {Refused, Caller, ByConsumer, Text{
		RO: "MPass nu v-a cerut confirmarea din nou a identității.",
		EN: "MPass has not asked you to confirm your identity again.",
		RU: "MPass не запросил повторного подтверждения личности.",
	}, beginAgain},
	LoginPerson: {Refused, Caller, ByConsumer, Text{
		RO: "Identitatea a fost confirmată de altă persoană decât cea autentificată aici.",
		EN: "The identity was confirmed by a person other than the one logged in here.",
		RU: "Личность подтвердило не то лицо, которое вошло в систему.",
	}, confirmAsSame},
}

// What to do about them.
var (
	beginAgain = Text{
		RO: "Începeți autentificarea din nou.",
		EN: "Begin the login again.",
		RU: "Начните вход заново.",
	}
	doNotRepeat = Text{
		RO: "Nu repetați; începeți autentificarea de pe pagina portalului. Dacă se repetă, anunțați " +
			"operatorul platformei.",
		EN: "Do not send it again; begin the login on the portal's page. If it happens again, inform " +
			"the operator of the platform.",
		RU: "Не отправляйте повторно; начните вход со страницы портала. Если ошибка повторится, " +
			"сообщите оператору платформы.",
	}
	checkTheClock = Text{
		RO: "Încercați din nou peste câteva minute. Dacă se repetă, anunțați operatorul platformei, " +
			"care verifică ceasul serverului.",
		EN: "Try again in a few minutes. If it happens again, inform the operator of the platform, " +
			"who checks the server's clock.",
		RU: "Повторите попытку через несколько минут. Если ошибка повторится, сообщите оператору " +
			"платформы, который проверит часы сервера.",
	}
	turnToOperator = Text{
		RO: "Adresați-vă operatorului platformei.",
		EN: "Turn to the operator of the platform.",
		RU: "Обратитесь к оператору платформы.",
	}
	confirmAsSame = Text{
		RO: "Confirmați cu aceeași identitate sau ieșiți și autentificați-vă din nou.",
		EN: "Confirm with the same identity, or log out and log in again.",
		RU: "Подтвердите той же личностью или выйдите и войдите заново.",
	}
)
