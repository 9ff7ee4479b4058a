package fault

// wired: what can go wrong with events on the wire, before anybody's right to them is asked about.
var wired = map[Code]Entry{
	EventMalformed: {Malformed, Caller, ByConsumer, Text{
		RO: "Evenimentul nu este un CloudEvent 1.0 valid: {what}.",
		EN: "The event is not a valid CloudEvent 1.0: {what}.",
		RU: "Событие не является корректным CloudEvent 1.0: {what}.",
	}, Text{
		RO: "Corectați evenimentul și trimiteți-l din nou cu același id.",
		EN: "Correct the event and send it again with the same id.",
		RU: "Исправьте событие и отправьте его снова с тем же id.",
	}},
	EventFuture: {Malformed, Caller, ByConsumer, Text{
		RO: "Timpul evenimentului ({time}) este în viitor față de ceasul platformei ({now}).",
		EN: "The time of the event ({time}) lies in the future by the platform's clock ({now}).",
		RU: "Время события ({time}) находится в будущем по часам платформы ({now}).",
	}, Text{
		RO: "Sincronizați ceasul sistemului sau omiteți atributul time.",
		EN: "Synchronise the system's clock, or leave the attribute time out.",
		RU: "Синхронизируйте часы системы или не указывайте атрибут time.",
	}},
	InstanceUnknown: {NotFound, Caller, ByConsumer, Text{
		RO: "Această instanță de consumator nu există sau a expirat.",
		EN: "This consumer instance does not exist or has expired.",
		RU: "Этого экземпляра потребителя не существует, или срок его действия истёк.",
	}, Text{
		RO: "Creați o instanță nouă prin POST /ce/consumers.",
		EN: "Create a new instance by POST /ce/consumers.",
		RU: "Создайте новый экземпляр запросом POST /ce/consumers.",
	}},
}
