package fault

// evolving: how services and what they share may change.
var evolving = map[Code]Entry{
	InputClassifier: {Invalid, Caller, ByConsumer, Text{
		RO: "Valoarea nu este un cod al clasificatorului {classifier}.",
		EN: "The value is not a code in the classifier {classifier}.",
		RU: "Значение не является кодом классификатора {classifier}.",
	}, Text{
		RO: "Folosiți un cod din clasificatorul publicat în catalogul semantic.",
		EN: "Use a code of the classifier that is published in the semantic catalogue.",
		RU: "Используйте код классификатора, опубликованного в семантическом каталоге.",
	}},
	TypeCycle: {Invalid, Caller, ByProvider, Text{
		RO: "Tipul {type} se conține pe sine însuși.",
		EN: "The type {type} contains itself.",
		RU: "Тип {type} содержит сам себя.",
	}, Text{
		RO: "Înlăturați una dintre referințe.",
		EN: "Remove one of the references.",
		RU: "Уберите одну из ссылок.",
	}},
	ServiceStep: {Invalid, Caller, ByProvider, Text{
		RO: "O versiune a unui serviciu nu trece din starea {from} în starea {to}.",
		EN: "A version of a service does not go from {from} to {to}.",
		RU: "Версия сервиса не переходит из состояния {from} в состояние {to}.",
	}, Text{
		RO: "Urmați ordinea: proiect, publicat, depreciat, retras; pentru altceva publicați o versiune nouă.",
		EN: "Follow the order draft, published, deprecated, retired; for anything else publish a new version.",
		RU: "Соблюдайте порядок: черновик, опубликована, устаревшая, выведена из эксплуатации; для иного опубликуйте новую версию.",
	}},
	EventStep: {Invalid, Caller, ByProvider, Text{
		RO: "Un tip de eveniment nu trece din starea {from} în starea {to}.",
		EN: "An event type does not go from {from} to {to}.",
		RU: "Тип события не переходит из состояния {from} в состояние {to}.",
	}, Text{
		RO: "Urmați ordinea: proiect, publicat, depreciat, retras; pentru altceva creați un tip nou.",
		EN: "Follow the order draft, published, deprecated, retired; for anything else create a new type.",
		RU: "Соблюдайте порядок: черновик, опубликован, устаревший, выведен из эксплуатации; для иного создайте новый тип.",
	}},
	ServiceGone: {Invalid, Caller, ByProvider, Text{
		RO: "O versiune retrasă nu se mai schimbă și nu revine.",
		EN: "A retired version no longer changes and cannot be published again.",
		RU: "Версия, выведенная из эксплуатации, больше не изменяется и не возвращается.",
	}, Text{
		RO: "Publicați o versiune nouă.",
		EN: "Publish a new version.",
		RU: "Опубликуйте новую версию.",
	}},
	ServiceNotice: {Invalid, Caller, ByProvider, Text{
		RO: "Retragerea se anunță cu cel puțin șase luni înainte: cel mai devreme la {earliest}.",
		EN: "Retirement is announced at least six months ahead: {earliest} at the earliest.",
		RU: "О выводе из эксплуатации объявляют не менее чем за шесть месяцев: не ранее {earliest}.",
	}, Text{
		RO: "Stabiliți o dată de retragere mai târzie.",
		EN: "State a later date of retirement.",
		RU: "Укажите более позднюю дату вывода из эксплуатации.",
	}},
	ServiceSunset: {Invalid, Caller, ByProvider, Text{
		RO: "Versiunea poate fi retrasă abia la {earliest}, data anunțată consumatorilor.",
		EN: "The version may be retired on {earliest} at the earliest: that date was announced to consumers.",
		RU: "Версию можно вывести из эксплуатации не ранее {earliest}: эта дата объявлена потребителям.",
	}, Text{
		RO: "Așteptați data anunțată.",
		EN: "Wait until the announced date.",
		RU: "Дождитесь объявленной даты.",
	}},
	ServiceImmutable: {Invalid, Caller, ByProvider, Text{
		RO: "Tipurile serviciului publicat {service} nu se schimbă: {change}.",
		EN: "The types of the published service {service} do not change: {change}.",
		RU: "Типы опубликованного сервиса {service} не изменяются: {change}.",
	}, Text{
		RO: "Declarați schimbarea într-o versiune nouă a serviciului, sau a tipului ori clasificatorului comun.",
		EN: "State the change in a new version of the service, or of the shared type or classifier.",
		RU: "Внесите изменение в новую версию сервиса либо общего типа или классификатора.",
	}},
	ServiceSmallStep: {Invalid, Caller, ByProvider, Text{
		RO: "Numărul versiunii este prea mic pentru ceea ce se schimbă ({change}): cel puțin {want}.",
		EN: "The version number is too small a step for what changes ({change}): at least {want}.",
		RU: "Номер версии слишком мал для внесённых изменений ({change}): не менее {want}.",
	}, Text{
		RO: "Măriți numărul versiunii: MAJOR pentru modificări incompatibile, MINOR pentru adăugări.",
		EN: "Raise the version: MAJOR for incompatible changes, MINOR for additions.",
		RU: "Повысьте номер версии: MAJOR для несовместимых изменений, MINOR для дополнений.",
	}},
}
