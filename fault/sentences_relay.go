package fault

// relayed: events on their way.
var relayed = map[Code]Entry{
	EventOffset: {Malformed, Caller, ByConsumer, Text{
		RO: "Poziția {offset} nu a fost livrată acestui cititor.",
		EN: "The offset {offset} was not delivered to this reader.",
		RU: "Смещение {offset} этому читателю не доставлялось.",
	}, Text{
		RO: "Confirmați numai pozițiile primite în această conexiune.",
		EN: "Confirm only offsets that were received in this connection.",
		RU: "Подтверждайте только смещения, полученные в этом соединении.",
	}},
	EventNotDelivered: {Malformed, Caller, ByConsumer, Text{
		RO: "Evenimentul nu a fost livrat acestui consumator.",
		EN: "The event was not delivered to this consumer.",
		RU: "Это событие данному потребителю не доставлялось.",
	}, Text{
		RO: "Declarați ca respinse numai evenimente primite, cu sursa și identificatorul lor.",
		EN: "Declare dead only events that were received, under their source and id.",
		RU: "Объявляйте отвергнутыми только полученные события, с их источником и идентификатором.",
	}},
	EventReaders: {Throttled, Caller, ByConsumer, Text{
		RO: "Sunt deschiși deja {limit} cititori.",
		EN: "There are {limit} readers open already.",
		RU: "Уже открыто читателей: {limit}.",
	}, Text{
		RO: "Închideți conexiunile de care nu aveți nevoie.",
		EN: "Close the connections that are not needed.",
		RU: "Закройте ненужные соединения.",
	}},
	EventGroups: {Throttled, Caller, ByConsumer, Text{
		RO: "Sistemul are deja {limit} grupuri.",
		EN: "The system has {limit} groups already.",
		RU: "У системы уже есть групп: {limit}.",
	}, Text{
		RO: "Folosiți un nume de grup stabil, nu unul nou la fiecare pornire.",
		EN: "Use a group name that stays, not a new one at each start.",
		RU: "Используйте постоянное имя группы, а не новое при каждом запуске.",
	}},
	EventFrom: {Malformed, Caller, ByConsumer, Text{
		RO: "Citirea nu poate începe de acolo: {what}.",
		EN: "Reading cannot begin there: {what}.",
		RU: "Чтение не может начаться оттуда: {what}.",
	}, Text{
		RO: "Folosiți un grup nou și un moment din perioada de păstrare.",
		EN: "Use a new group and a time within retention.",
		RU: "Используйте новую группу и момент в пределах срока хранения.",
	}},
	EventBatch: {TooLarge, Caller, ByProvider, Text{
		RO: "Sunt peste {limit} evenimente într-un singur apel.",
		EN: "There are more than {limit} events in one call.",
		RU: "В одном вызове больше {limit} событий.",
	}, Text{
		RO: "Împărțiți evenimentele în mai multe apeluri.",
		EN: "Divide the events among several calls.",
		RU: "Разделите события на несколько вызовов.",
	}},
	EventSize: {TooLarge, Caller, ByProvider, Text{
		RO: "Evenimentul depășește {limit} octeți.",
		EN: "The event is over {limit} bytes.",
		RU: "Событие превышает {limit} байт.",
	}, Text{
		RO: "Trimiteți în eveniment o trimitere la date, nu datele întregi.",
		EN: "Send a reference to the data in the event, not the whole data.",
		RU: "Передавайте в событии ссылку на данные, а не все данные.",
	}},
	EventGroup: {Malformed, Caller, ByConsumer, Text{
		RO: "Numele grupului nu este valabil.",
		EN: "The name of the group is not valid.",
		RU: "Имя группы недействительно.",
	}, Text{
		RO: "Folosiți 1–64 de caractere: litere, cifre, „-”, „_”, „.” sau „~”.",
		EN: "Use 1 to 64 characters: letters, digits, “-”, “_”, “.” or “~”.",
		RU: "Используйте от 1 до 64 символов: буквы, цифры, «-», «_», «.» или «~».",
	}},
	EventNothing: {Malformed, Caller, ByConsumer, Text{
		RO: "Nu se cer nici evenimente obișnuite, nici de test, nici respinse.",
		EN: "Neither ordinary nor test nor dead events are asked for.",
		RU: "Не запрошены ни обычные, ни тестовые, ни отвергнутые события.",
	}, Text{
		RO: "Puneți „events”, „test” sau „dead” pe „true”.",
		EN: "Set “events”, “test” or “dead” to “true”.",
		RU: "Установите «events», «test» или «dead» в «true».",
	}},
	EventClosed: {NotFound, Caller, ByConsumer, Text{
		RO: "Cititorul a fost închis.",
		EN: "The reader was closed.",
		RU: "Читатель был закрыт.",
	}, Text{
		RO: "Deschideți un cititor nou; ce nu a fost confirmat se livrează din nou.",
		EN: "Open a new reader; what was not confirmed is delivered again.",
		RU: "Откройте нового читателя; неподтверждённое будет доставлено снова.",
	}},
}
