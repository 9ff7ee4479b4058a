package fault

// persons says what is wrong with what a person wants to do.
var persons = map[Code]Entry{
	RightMissing: {Refused, Caller, ByConsumer, Text{
		RO: "Această acțiune ({action}) nu vă este permisă aici. O poate face: {roles}.",
		EN: "You may not do this ({action}) here. It can be done by: {roles}.",
		RU: "Это действие ({action}) вам здесь не разрешено. Его может выполнить: {roles}.",
	}, Text{
		RO: "Adresați-vă unei persoane cu unul dintre aceste roluri sau cereți rolul managerului instituției.",
		EN: "Turn to a person with one of these roles, or ask the manager of your institution for the role.",
		RU: "Обратитесь к лицу с одной из этих ролей или запросите роль у управляющего вашего учреждения.",
	}},
	RightConflict: {Refused, Caller, ByConsumer, Text{
		RO: "Aceeași persoană nu poate face {action} după ce a făcut {done} în același dosar.",
		EN: "The same person cannot do {action} after having done {done} on the same object.",
		RU: "То же лицо не может выполнить {action} после того, как выполнило {done} по тому же объекту.",
	}, Text{
		RO: "Transmiteți acțiunea unui coleg cu același rol.",
		EN: "Pass the action to a colleague with the same role.",
		RU: "Передайте действие коллеге с той же ролью.",
	}},
	RightSecondFactor: {Refused, Caller, ByConsumer, Text{
		RO: "Această acțiune ({action}) cere un cont cu al doilea factor de autentificare.",
		EN: "This action ({action}) needs an account with a second factor of authentication.",
		RU: "Это действие ({action}) требует учётной записи со вторым фактором аутентификации.",
	}, Text{
		RO: "Configurați aplicația de autentificare în pagina profilului, apoi intrați din nou.",
		EN: "Set up an authenticator on the page of your profile, then log in again.",
		RU: "Настройте приложение-аутентификатор на странице профиля и войдите снова.",
	}},
	RightStepUp: {Refused, Caller, ByConsumer, Text{
		RO: "Această acțiune ({action}) cere confirmarea din nou a identității.",
		EN: "This action ({action}) needs your identity to be confirmed again.",
		RU: "Это действие ({action}) требует повторного подтверждения личности.",
	}, Text{
		RO: "Confirmați identitatea și repetați acțiunea; datele introduse se păstrează.",
		EN: "Confirm your identity and repeat the action; what you entered is kept.",
		RU: "Подтвердите личность и повторите действие; введённые данные сохраняются.",
	}},
}
