package fault

// acts says why a legal act cannot be the basis of something.
var acts = map[Code]Entry{
	ActUnknown: {Invalid, Caller, ByConsumer, Text{
		RO: "Actul „{act}” nu este în registrul actelor juridice.",
		EN: "The act “{act}” is not in the register of legal acts.",
		RU: "Акта «{act}» нет в реестре правовых актов.",
	}, Text{
		RO: "Alegeți un act din registru sau propuneți juristului platformei înscrierea lui.",
		EN: "Choose an act of the register, or propose it to the lawyer of the platform.",
		RU: "Выберите акт из реестра или предложите юристу платформы внести его.",
	}},
	ActVersion: {Invalid, Caller, ByConsumer, Text{
		RO: "Actul {act} nu are o redacție din {version}.",
		EN: "The act {act} has no version of {version}.",
		RU: "У акта {act} нет редакции от {version}.",
	}, Text{
		RO: "Indicați una dintre redacțiile din registru, sau niciuna pentru cea în vigoare.",
		EN: "State one of the versions in the register, or none for the one in force.",
		RU: "Укажите одну из редакций реестра или никакую – для действующей.",
	}},
	ActArticle: {Invalid, Caller, ByConsumer, Text{
		RO: "Actul {act} nu are {article}.",
		EN: "The act {act} has no {article}.",
		RU: "В акте {act} нет {article}.",
	}, Text{
		RO: "Verificați articolul, alineatul și litera în registrul actelor juridice.",
		EN: "Check article, paragraph and letter in the register of legal acts.",
		RU: "Проверьте статью, часть и пункт в реестре правовых актов.",
	}},
	ActNotInForce: {Refused, Caller, ByConsumer, Text{
		RO: "{article} din {act} nu este în vigoare la {day}.",
		EN: "{article} of {act} is not in force on {day}.",
		RU: "{article} акта {act} не действует на {day}.",
	}, Text{
		RO: "Indicați o prevedere în vigoare la acea dată.",
		EN: "State a provision that is in force on that day.",
		RU: "Укажите норму, действующую на этот день.",
	}},
}
