package fault

// relayed: events on their way.
var relayed = map[Code]Entry{
	EventUnknown: {NotFound, Caller, ByConsumer, Text{
		RO: "Sistemul nu a produs niciun eveniment cu această sursă și acest identificator sau termenul lui de păstrare a trecut.",
		EN: "The system has produced no event with this source and id, or its retention is over.",
		RU: "Система не создавала события с таким источником и идентификатором, или срок его хранения истёк.",
	}, Text{
		RO: "Verificați sursa și identificatorul; un eveniment care nu a fost acceptat poate fi trimis din nou.",
		EN: "Check source and id; an event that was not accepted may be sent again.",
		RU: "Проверьте источник и идентификатор; непринятое событие можно отправить снова.",
	}},
	EventReceipts: {Throttled, Caller, ByConsumer, Text{
		RO: "O altă confirmare de primire se întocmește deja pentru acest sistem.",
		EN: "Another receipt is being made for this system already.",
		RU: "Для этой системы уже составляется другая квитанция.",
	}, Text{
		RO: "Cereți confirmările una după alta.",
		EN: "Ask for receipts one after another.",
		RU: "Запрашивайте квитанции по одной.",
	}},
	EventGroupUnknown: {NotFound, Caller, ByOperator, Text{
		RO: "Grupul {group} al sistemului {system} nu a citit niciodată evenimente.",
		EN: "The group {group} of the system {system} has never read events.",
		RU: "Группа {group} системы {system} ещё ни разу не читала события.",
	}, Text{
		RO: "Verificați numele grupului cu comanda events lag.",
		EN: "Check the name of the group with the command events lag.",
		RU: "Проверьте название группы командой events lag.",
	}},
	EventOffset: {Malformed, Caller, ByConsumer, Text{
		RO: "Poziția {offset} nu a fost livrată în această sesiune de citire.",
		EN: "The offset {offset} was not delivered in this reading session.",
		RU: "Смещение {offset} в этом сеансе чтения не доставлялось.",
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
		RO: "Marcați ca respinse numai evenimente primite, indicând sursa și identificatorul lor.",
		EN: "Mark as dead only events that were received, by their source and id.",
		RU: "Помечайте отвергнутыми только полученные события, указывая их источник и идентификатор.",
	}},
	EventRate: {Throttled, Caller, ByConsumer, Text{
		RO: "Sistemul scrie evenimente mai repede decât {limit} octeți pe secundă.",
		EN: "The system writes events faster than {limit} bytes a second.",
		RU: "Система записывает события быстрее {limit} байт в секунду.",
	}, Text{
		RO: "Reduceți ritmul și repetați cererea după intervalul indicat.",
		EN: "Slow down, and repeat the request after the time stated.",
		RU: "Снизьте частоту и повторите запрос через указанное время.",
	}},
	EventVolume: {Throttled, Caller, ByConsumer, Text{
		RO: "Sistemul a scris volumul de evenimente permis pe zi: {limit} octeți.",
		EN: "The system has written the volume of events allowed in one day: {limit} bytes.",
		RU: "Система исчерпала допустимый за сутки объём событий: {limit} байт.",
	}, Text{
		RO: "Repetați cererea după intervalul indicat sau cereți operatorului o limită mai mare.",
		EN: "Repeat the request after the time stated, or ask the operator for a higher limit.",
		RU: "Повторите запрос через указанное время или запросите у оператора больший лимит.",
	}},
	EventPolling: {Throttled, Caller, ByConsumer, Text{
		RO: "O altă cerere așteaptă deja evenimente pe această instanță.",
		EN: "Another request is waiting for events on this instance already.",
		RU: "Другой запрос уже ожидает событий этого экземпляра.",
	}, Text{
		RO: "Așteptați răspunsul ei sau deschideți încă o instanță.",
		EN: "Wait for its answer, or open another instance.",
		RU: "Дождитесь ответа на него или откройте ещё один экземпляр.",
	}},
	EventInstanceElsewhere: {NotFound, Caller, ByConsumer, Text{
		RO: "Adresa acestei instanțe aparține nodului „{node}”, iar cererea a ajuns la nodul „{here}”.",
		EN: "The address of this instance belongs to node “{node}”, but the request has reached node “{here}”.",
		RU: "Адрес этого экземпляра относится к узлу «{node}», а запрос поступил на узел «{here}».",
	}, Text{
		RO: "Trimiteți toate cererile unei instanțe prin aceeași conexiune sau creați o instanță nouă prin POST /ce/consumers; operatorul poate configura echilibrorul astfel încât clientul să rămână pe un singur nod.",
		EN: "Send all requests of an instance over one connection, or create a new instance by POST /ce/consumers; the operator can configure the load balancer to keep a client on one node.",
		RU: "Отправляйте все запросы экземпляра через одно соединение или создайте новый экземпляр запросом POST /ce/consumers; оператор может настроить балансировщик так, чтобы клиент оставался на одном узле.",
	}},
	EventIdentity: {Invalid, Caller, ByProvider, Text{
		RO: "Un eveniment cu sursa {source} și identificatorul {id} a fost deja produs cu tipul {type}.",
		EN: "An event with source {source} and id {id} has already been produced with type {type}.",
		RU: "Событие с источником {source} и идентификатором {id} уже создано с типом {type}.",
	}, Text{
		RO: "Dați fiecărui eveniment un identificator propriu; numai repetarea aceluiași eveniment îl păstrează.",
		EN: "Give each event an id of its own; only a repeat of the same event keeps it.",
		RU: "Присваивайте каждому событию собственный идентификатор; его сохраняет только повтор того же события.",
	}},
	EventSources: {Invalid, Caller, ByConsumer, Text{
		RO: "Sursa {source} a sistemului {system} se suprapune cu sursa {other} a sistemului {by}.",
		EN: "The source {source} of the system {system} overlaps with the source {other} of the system {by}.",
		RU: "Источник {source} системы {system} пересекается с источником {other} системы {by}.",
	}, Text{
		RO: "Atribuiți fiecărui producător surse proprii.",
		EN: "Give each producer sources of its own.",
		RU: "Назначьте каждому производителю собственные источники.",
	}},
	EventReaders: {Throttled, Caller, ByConsumer, Text{
		RO: "Sunt deja deschise {limit} sesiuni de citire.",
		EN: "{limit} reading sessions are open already.",
		RU: "Уже открыто сеансов чтения: {limit}.",
	}, Text{
		RO: "Închideți conexiunile de care nu aveți nevoie.",
		EN: "Close the connections that are not needed.",
		RU: "Закройте ненужные соединения.",
	}},
	EventGroups: {Throttled, Caller, ByConsumer, Text{
		RO: "Numărul maxim de grupuri ale sistemului este atins: {limit}.",
		EN: "The system has reached the maximum number of groups: {limit}.",
		RU: "Достигнуто предельное число групп системы: {limit}.",
	}, Text{
		RO: "Folosiți un nume de grup stabil, nu unul nou la fiecare pornire.",
		EN: "Use a stable group name, not a new one at each start.",
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
		RO: "Includeți în eveniment o referință la date, nu datele integrale.",
		EN: "Include a reference to the data in the event, not the data themselves.",
		RU: "Передавайте в событии ссылку на данные, а не сами данные.",
	}},
	EventGroup: {Malformed, Caller, ByConsumer, Text{
		RO: "Numele grupului nu este corect.",
		EN: "The name of the group is not valid.",
		RU: "Имя группы некорректно.",
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
		RO: "Atribuiți parametrului „events”, „test” sau „dead” valoarea „true”.",
		EN: "Set “events”, “test” or “dead” to “true”.",
		RU: "Задайте параметру «events», «test» или «dead» значение «true».",
	}},
	EventClosed: {NotFound, Caller, ByConsumer, Text{
		RO: "Sesiunea de citire a fost închisă.",
		EN: "The reading session was closed.",
		RU: "Сеанс чтения закрыт.",
	}, Text{
		RO: "Deschideți o sesiune nouă; evenimentele neconfirmate se livrează din nou.",
		EN: "Open a new session; events that were not confirmed are delivered again.",
		RU: "Откройте новый сеанс; неподтверждённые события будут доставлены снова.",
	}},
}
