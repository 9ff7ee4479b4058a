package fault

// correct is what the consumer must do about every wrong value.
var correct = Text{
	RO: "Corectați valoarea conform descrierii serviciului din catalog.",
	EN: "Correct the value as the catalogue describes the service.",
	RU: "Исправьте значение в соответствии с описанием сервиса в каталоге.",
}

// input: values against their declared types.
var input = map[Code]Entry{
	InputInvalid: {Invalid, Caller, ByConsumer, Text{
		RO: "Datele cererii nu corespund tipului declarat în catalog.",
		EN: "The data of the request do not match the type declared in the catalogue.",
		RU: "Данные запроса не соответствуют типу, объявленному в каталоге.",
	}, Text{
		RO: "Corectați câmpurile enumerate.",
		EN: "Correct the fields listed.",
		RU: "Исправьте перечисленные поля.",
	}},
	InputMissing: {Invalid, Caller, ByConsumer, Text{
		RO: "Valoarea este obligatorie și lipsește.",
		EN: "The value is mandatory and missing.",
		RU: "Обязательное значение отсутствует.",
	}, Text{
		RO: "Adăugați valoarea conform descrierii din catalog.",
		EN: "Add the value as the catalogue describes it.",
		RU: "Добавьте значение в соответствии с описанием в каталоге.",
	}},
	InputUnknownField: {Invalid, Caller, ByConsumer, Text{
		RO: "Un câmp cu această denumire nu este declarat.",
		EN: "No field of this name is declared.",
		RU: "Поле с таким именем не объявлено.",
	}, Text{
		RO: "Corectați denumirea câmpului sau eliminați-l; câmpurile admise sunt în catalog.",
		EN: "Correct the name of the field, or remove it; the catalogue lists the allowed fields.",
		RU: "Исправьте имя поля или удалите его; допустимые поля перечислены в каталоге.",
	}},
	InputType: {Invalid, Caller, ByConsumer, Text{
		RO: "Valoarea are alt tip decât cel așteptat: {want}.",
		EN: "The value is of another type than expected: {want}.",
		RU: "Тип значения отличается от ожидаемого: {want}.",
	}, correct},
	InputLength: {Invalid, Caller, ByConsumer, Text{
		RO: "Lungimea nu se încadrează în intervalul {min}–{max}.",
		EN: "The length is not between {min} and {max}.",
		RU: "Длина не находится в пределах от {min} до {max}.",
	}, correct},
	InputPattern: {Invalid, Caller, ByConsumer, Text{
		RO: "Valoarea nu are forma cerută: {pattern}.",
		EN: "The value does not have the required form: {pattern}.",
		RU: "Значение не имеет требуемой формы: {pattern}.",
	}, correct},
	InputEnum: {Invalid, Caller, ByConsumer, Text{
		RO: "Valoarea nu este una dintre cele permise: {values}.",
		EN: "The value is not one of the allowed values: {values}.",
		RU: "Значение не входит в число допустимых: {values}.",
	}, correct},
	InputRange: {Invalid, Caller, ByConsumer, Text{
		RO: "Valoarea nu se încadrează în intervalul {min}–{max}.",
		EN: "The value is not between {min} and {max}.",
		RU: "Значение не находится в пределах от {min} до {max}.",
	}, correct},
	InputCheckDigit: {Invalid, Caller, ByConsumer, Text{
		RO: "Cifra de control a numărului de identificare este greșită.",
		EN: "The check digit of the identification number is wrong.",
		RU: "Контрольная цифра идентификационного номера неверна.",
	}, Text{
		RO: "Verificați numărul de identificare; probabil este o greșeală de scriere.",
		EN: "Check the identification number; it is probably mistyped.",
		RU: "Проверьте идентификационный номер; вероятно, в нём опечатка.",
	}},
	InputFormat: {Invalid, Caller, ByConsumer, Text{
		RO: "Valoarea nu are formatul așteptat: {want}.",
		EN: "The value does not have the expected format: {want}.",
		RU: "Значение не имеет ожидаемого формата: {want}.",
	}, correct},
}
