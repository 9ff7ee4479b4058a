package fault

// accounts says what is wrong with logging in, sessions and memberships.
var accounts = map[Code]Entry{
	LoginRequired: {Unidentified, Caller, ByConsumer, Text{
		RO: "Pentru această pagină trebuie să intrați în cont.",
		EN: "You have to log in for this page.",
		RU: "Для этой страницы нужно войти в систему.",
	}, Text{
		RO: "Intrați în cont; reveniți apoi la aceeași pagină.",
		EN: "Log in; you then return to the same page.",
		RU: "Войдите; затем вы вернётесь на ту же страницу.",
	}},
	LoginRefused: {Unidentified, Caller, ByConsumer, Text{
		RO: "Utilizatorul, parola sau codul nu este corect.",
		EN: "The user name, the password or the code is not right.",
		RU: "Имя пользователя, пароль или код неверны.",
	}, Text{
		RO: "Verificați datele și încercați din nou; un cod din aplicație poate fi folosit o singură dată.",
		EN: "Check what you entered and try again; a code of the authenticator can be used once only.",
		RU: "Проверьте данные и попробуйте снова; код из приложения можно использовать только один раз.",
	}},
	LoginThrottled: {Throttled, Caller, ByNobodyWait, Text{
		RO: "Prea multe încercări de autentificare. Următoarea este posibilă peste {wait}.",
		EN: "Too many attempts to log in. The next one is possible in {wait}.",
		RU: "Слишком много попыток входа. Следующая возможна через {wait}.",
	}, Text{
		RO: "Așteptați, apoi încercați din nou cu datele corecte.",
		EN: "Wait, then try again with the right credentials.",
		RU: "Подождите, затем повторите попытку с верными данными.",
	}},
	LoginTaken: {Conflict, Caller, ByConsumer, Text{
		RO: "Alt cont are deja acest nume de utilizator.",
		EN: "Another account has this user name already.",
		RU: "Это имя пользователя уже занято другой учётной записью.",
	}, Text{
		RO: "Alegeți alt nume de utilizator.",
		EN: "Choose another user name.",
		RU: "Выберите другое имя пользователя.",
	}},
	LoginBlocked: {Refused, Caller, ByOperator, Text{
		RO: "Acest cont este blocat.",
		EN: "This account is blocked.",
		RU: "Эта учётная запись заблокирована.",
	}, Text{
		RO: "Adresați-vă operatorului platformei.",
		EN: "Turn to the operator of the platform.",
		RU: "Обратитесь к оператору платформы.",
	}},
	ContextUnavailable: {Refused, Caller, ByConsumer, Text{
		RO: "Nu aveți niciun rol în vigoare acolo.",
		EN: "You have no role in force there.",
		RU: "У вас там нет действующей роли.",
	}, Text{
		RO: "Cereți un rol managerului instituției.",
		EN: "Ask the manager of the institution for a role.",
		RU: "Запросите роль у управляющего учреждения.",
	}},
	CodeRefused: {Unidentified, Caller, ByConsumer, Text{
		RO: "Codul de instalare nu este valabil sau a fost deja folosit.",
		EN: "The setup code is not valid, or was used already.",
		RU: "Установочный код недействителен или уже использован.",
	}, Text{
		RO: "Creați un cod nou pe serverul platformei cu „mconnect people init”.",
		EN: "Make a new code on the platform's server with “mconnect people init”.",
		RU: "Создайте новый код на сервере платформы командой «mconnect people init».",
	}},
	PasswordWeak: {Invalid, Caller, ByConsumer, Text{
		RO: "Parola poate fi ghicită imediat.",
		EN: "The password can be guessed at once.",
		RU: "Пароль легко угадать.",
	}, Text{
		RO: "Alegeți câteva cuvinte fără legătură între ele; parola nu poate fi numele de utilizator.",
		EN: "Choose some words that have nothing to do with each other; the password cannot be the user name.",
		RU: "Выберите несколько несвязанных слов; пароль не может совпадать с именем пользователя.",
	}},
	PersonUnknown: {NotFound, Caller, ByConsumer, Text{
		RO: "Persoana nu există sau nu vă este vizibilă.",
		EN: "The person does not exist, or is not visible to you.",
		RU: "Такого лица нет, или оно вам недоступно.",
	}, Text{
		RO: "Verificați identificatorul.",
		EN: "Check the identifier.",
		RU: "Проверьте идентификатор.",
	}},
	MembershipUnknown: {NotFound, Caller, ByConsumer, Text{
		RO: "Acest rol acordat nu există sau nu vă este vizibil.",
		EN: "This grant of a role does not exist, or is not visible to you.",
		RU: "Такого предоставления роли нет, или оно вам недоступно.",
	}, Text{
		RO: "Reîncărcați lista echipei.",
		EN: "Load the list of the team again.",
		RU: "Обновите список команды.",
	}},
	MembershipLast: {Conflict, Caller, ByConsumer, Text{
		RO: "Este ultimul manager al instituției; fără el nimeni nu ar mai putea acorda roluri.",
		EN: "This is the last manager of the institution; without one nobody could grant roles.",
		RU: "Это последний управляющий учреждения; без него никто не сможет предоставлять роли.",
	}, Text{
		RO: "Acordați mai întâi rolul de manager altei persoane.",
		EN: "First grant the role of manager to another person.",
		RU: "Сначала предоставьте роль управляющего другому лицу.",
	}},
	MembershipHeld: {Conflict, Caller, ByConsumer, Text{
		RO: "Persoana are deja acest rol.",
		EN: "The person has this role already.",
		RU: "У этого лица уже есть эта роль.",
	}, Text{
		RO: "Nu este nevoie de nicio acțiune.",
		EN: "Nothing needs to be done.",
		RU: "Ничего делать не нужно.",
	}},
	MembershipOwn: {Refused, Caller, ByConsumer, Text{
		RO: "Propunerea trebuie aprobată de altă persoană decât cea care a făcut-o și cea care primește rolul.",
		EN: "The proposal is approved by another person than the one who made it and the one who gets the role.",
		RU: "Предложение утверждает не тот, кто его сделал, и не тот, кто получает роль.",
	}, Text{
		RO: "Cereți aprobarea altui administrator al personalului.",
		EN: "Ask another staff administrator for the approval.",
		RU: "Запросите утверждение у другого администратора персонала.",
	}},
	SessionUnknown: {NotFound, Caller, ByConsumer, Text{
		RO: "Această sesiune nu mai există.",
		EN: "This session does not exist any more.",
		RU: "Этого сеанса больше нет.",
	}, Text{
		RO: "Reîncărcați lista sesiunilor.",
		EN: "Load the list of sessions again.",
		RU: "Обновите список сеансов.",
	}},
}
