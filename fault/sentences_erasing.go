package fault

// erasing: erasures of persons from the journal, which one administrator proposes and another approves.
var erasing = map[Code]Entry{
	ErasureNothing: {NotFound, Caller, ByOperator, Text{
		RO: "Nicio înregistrare din jurnal nu conține acest identificator; nu este nimic de șters.",
		EN: "No record of the journal contains this identifier; there is nothing to erase.",
		RU: "Ни одна запись журнала не содержит этот идентификатор; удалять нечего.",
	}, Text{
		RO: "Verificați identificatorul persoanei.",
		EN: "Check the person's identifier.",
		RU: "Проверьте идентификатор лица.",
	}},
	ErasureOwn: {Refused, Caller, ByOperator, Text{
		RO: "Ștergerea trebuie aprobată de o altă persoană decât cea care a propus-o.",
		EN: "The erasure must be approved by another person than the one who proposed it.",
		RU: "Удаление должно одобрить другое лицо, а не то, которое его предложило.",
	}, Text{
		RO: "Solicitați aprobarea unui alt operator sau a responsabilului cu protecția datelor.",
		EN: "Ask another operator or the data protection officer for the approval.",
		RU: "Запросите одобрение у другого оператора или у ответственного за защиту данных.",
	}},
	ErasureSubject: {Invalid, Caller, ByOperator, Text{
		RO: "Identificatorul indicat nu este cel din propunerea de ștergere.",
		EN: "The identifier stated is not that of the proposed erasure.",
		RU: "Указанный идентификатор не совпадает с предложенным к удалению.",
	}, Text{
		RO: "Comparați identificatorul cu decizia care stă la baza ștergerii.",
		EN: "Compare the identifier with the decision behind the erasure.",
		RU: "Сверьте идентификатор с решением, на котором основано удаление.",
	}},
	ErasureDecided: {Conflict, Caller, ByOperator, Text{
		RO: "Propunerea de ștergere nu mai poate fi decisă; starea ei este „{state}”.",
		EN: "The proposed erasure can no longer be decided on; its state is “{state}”.",
		RU: "Решение по предложению об удалении больше не принимается; его состояние: «{state}».",
	}, Text{
		RO: "Dacă ștergerea este în continuare necesară, propuneți-o din nou.",
		EN: "If the erasure is still needed, propose it again.",
		RU: "Если удаление по-прежнему необходимо, предложите его снова.",
	}},
}
