package fault

// manifests: declared state as people write it into files.
var manifests = map[Code]Entry{
	ManifestSyntax: {Malformed, Caller, ByOperator, Text{
		RO: "Fișierul nu respectă sintaxa YAML: {what}.",
		EN: "The file does not follow the syntax of YAML: {what}.",
		RU: "Файл нарушает синтаксис YAML: {what}.",
	}, Text{
		RO: "Corectați sintaxa la rândul indicat; restul fișierului se verifică după aceea.",
		EN: "Correct the syntax at the line that is named; the rest of the file is checked after that.",
		RU: "Исправьте синтаксис в указанной строке; остальная часть файла проверяется после этого.",
	}},
	ManifestField: {Invalid, Caller, ByOperator, Text{
		RO: "Câmpul „{name}” nu este cunoscut aici.",
		EN: "The field “{name}” is not known here.",
		RU: "Поле «{name}» здесь не предусмотрено.",
	}, Text{
		RO: "Corectați denumirea câmpului sau eliminați-l.",
		EN: "Correct the name of the field, or remove it.",
		RU: "Исправьте имя поля или удалите его.",
	}},
	ManifestTwice: {Invalid, Caller, ByOperator, Text{
		RO: "Câmpul „{name}” este indicat de două ori.",
		EN: "The field “{name}” is stated twice.",
		RU: "Поле «{name}» указано дважды.",
	}, Text{
		RO: "Păstrați o singură valoare.",
		EN: "Keep one value only.",
		RU: "Оставьте только одно значение.",
	}},
	ManifestVariable: {Invalid, Caller, ByOperator, Text{
		RO: "Variabila „{name}” nu are o valoare pe un singur rând.",
		EN: "The variable “{name}” has no value of one line.",
		RU: "Переменная «{name}» не имеет значения в одну строку.",
	}, Text{
		RO: "Indicați valoarea prin --set NUME=VALOARE.",
		EN: "State the value with --set NAME=VALUE.",
		RU: "Укажите значение параметром --set ИМЯ=ЗНАЧЕНИЕ.",
	}},
	ManifestBound: {TooLarge, Caller, ByOperator, Text{
		RO: "Documentul are peste {nodes} valori sau peste {depth} niveluri.",
		EN: "The document has more than {nodes} values or more than {depth} levels.",
		RU: "Документ содержит более {nodes} значений или более {depth} уровней.",
	}, Text{
		RO: "Împărțiți documentul și folosiți mai puține aliasuri YAML.",
		EN: "Divide the document, and use fewer YAML aliases.",
		RU: "Разделите документ и используйте меньше псевдонимов YAML.",
	}},
	ManifestNone: {NotFound, Caller, ByOperator, Text{
		RO: "În acest director nu există niciun fișier *.yaml.",
		EN: "There is no *.yaml file in this folder.",
		RU: "В этом каталоге нет файлов *.yaml.",
	}, Text{
		RO: "Indicați directorul cu manifestele sau un singur fișier.",
		EN: "Name the folder of the manifests, or one file.",
		RU: "Укажите каталог с манифестами или один файл.",
	}},
	ManifestAmount: {TooLarge, Caller, ByOperator, Text{
		RO: "Fișierul declară peste {limit} resurse.",
		EN: "The file declares more than {limit} resources.",
		RU: "Файл объявляет более {limit} ресурсов.",
	}, Text{
		RO: "Împărțiți resursele în mai multe aplicări.",
		EN: "Divide the resources among several runs of apply.",
		RU: "Распределите ресурсы по нескольким применениям.",
	}},
}
