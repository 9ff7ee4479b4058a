package fault

// repair is what the provider must do about an answer that may not pass.
var repair = Text{
	RO: "Furnizorul de date trebuie să aducă răspunsul în conformitate cu catalogul.",
	EN: "The data provider must bring its answer into line with the catalogue.",
	RU: "Поставщик данных должен привести ответ в соответствие с каталогом.",
}

// delivery: what can go wrong between platform and provider.
var delivery = map[Code]Entry{
	ProviderDown: {Unavailable, Provider, ByProvider, Text{
		RO: "Sistemul furnizorului de date nu răspunde la conectare.",
		EN: "The data provider's system cannot be reached.",
		RU: "С системой поставщика данных не удаётся установить соединение.",
	}, Text{
		RO: "Repetați mai târziu; furnizorul de date trebuie să verifice disponibilitatea sistemului.",
		EN: "Repeat later; the data provider must check that its system is available.",
		RU: "Повторите позже; поставщик данных должен проверить доступность системы.",
	}},
	ProviderBroken: {Unavailable, Provider, ByProvider, Text{
		RO: "Apelurile către furnizorul de date sunt suspendate temporar după erori repetate.",
		EN: "Calls to the data provider are suspended temporarily after repeated failures.",
		RU: "После повторных сбоев обращения к поставщику данных временно приостановлены.",
	}, Text{
		RO: "Așteptați și repetați cererea; furnizorul de date trebuie să înlăture cauza.",
		EN: "Wait and repeat the request; the data provider must remove the cause.",
		RU: "Подождите и повторите запрос; поставщик данных должен устранить причину.",
	}},
	ProviderTimeout: {ProviderLate, Provider, ByProvider, Text{
		RO: "Furnizorul de date nu a răspuns în {limit}.",
		EN: "The data provider did not answer within {limit}.",
		RU: "Поставщик данных не ответил в течение {limit}.",
	}, Text{
		RO: "Înainte de a repeta o cerere care modifică date, verificați dacă nu a fost deja executată.",
		EN: "Before you repeat a request that changes data, check whether it was already carried out.",
		RU: "Прежде чем повторить запрос, изменяющий данные, проверьте, не был ли он уже выполнен.",
	}},
	ProviderRefused: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Furnizorul de date a respins cererea.",
		EN: "The data provider rejected the request.",
		RU: "Поставщик данных отклонил запрос.",
	}, Text{
		RO: "Citiți explicația furnizorului de date și contactați-l.",
		EN: "Read the data provider's explanation and contact the data provider.",
		RU: "Ознакомьтесь с пояснением поставщика данных и обратитесь к нему.",
	}},
	ProviderStatus: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Furnizorul de date a răspuns cu un statut neașteptat: {status}.",
		EN: "The data provider answered with an unexpected status: {status}.",
		RU: "Поставщик данных ответил неожиданным статусом: {status}.",
	}, repair},
	ProviderMalformed: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Răspunsul furnizorului de date nu poate fi citit.",
		EN: "The data provider's answer cannot be read.",
		RU: "Ответ поставщика данных не удаётся прочитать.",
	}, repair},
	ProviderInvalid: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Răspunsul furnizorului de date nu corespunde tipului declarat în catalog.",
		EN: "The data provider's answer does not match the type declared in the catalogue.",
		RU: "Ответ поставщика данных не соответствует типу, объявленному в каталоге.",
	}, repair},
	ProviderTooLarge: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Răspunsul furnizorului de date depășește mărimea permisă (limita: {limit}).",
		EN: "The data provider's answer exceeds the allowed size (limit: {limit}).",
		RU: "Ответ поставщика данных превышает допустимый размер (предел: {limit}).",
	}, repair},
	ProviderNoRecord: {NotFound, Provider, ByNobodyWait, Text{
		RO: "Registrul nu conține nicio înregistrare pentru datele indicate.",
		EN: "The register contains no record for the data given.",
		RU: "В регистре нет записи по указанным данным.",
	}, Text{
		RO: "Verificați datele căutate; lipsa unei înregistrări este un răspuns, nu o eroare.",
		EN: "Check what was looked up; the absence of a record is an answer, not an error.",
		RU: "Проверьте искомые данные; отсутствие записи — это ответ, а не ошибка.",
	}},
	ProviderUntrusted: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Identitatea sistemului furnizorului de date nu a putut fi confirmată.",
		EN: "The identity of the data provider's system could not be confirmed.",
		RU: "Подлинность системы поставщика данных подтвердить не удалось.",
	}, Text{
		RO: "Furnizorul de date trebuie să prezinte certificatul convenit cu operatorul platformei.",
		EN: "The data provider must present the certificate agreed with the operator of the platform.",
		RU: "Поставщик данных должен предъявить сертификат, согласованный с оператором платформы.",
	}},
	ProviderMapping: {ProviderWrong, Platform, ByProvider, Text{
		RO: "Transformarea declarată a datelor nu a putut fi aplicată acestui mesaj.",
		EN: "The declared mapping of data could not be applied to this message.",
		RU: "Объявленное преобразование данных не удалось применить к этому сообщению.",
	}, Text{
		RO: "Furnizorul de date trebuie să corecteze transformarea din descrierea serviciului.",
		EN: "The data provider must correct the mapping in the description of the service.",
		RU: "Поставщик данных должен исправить преобразование в описании сервиса.",
	}},
	ProviderInterrupted: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Conexiunea cu furnizorul de date s-a întrerupt în timpul răspunsului.",
		EN: "The connection to the data provider broke during the answer.",
		RU: "Соединение с поставщиком данных прервалось во время ответа.",
	}, Text{
		RO: "Înainte de a repeta o cerere care modifică date, verificați dacă nu a fost deja executată.",
		EN: "Before you repeat a request that changes data, check whether it was already carried out.",
		RU: "Прежде чем повторить запрос, изменяющий данные, проверьте, не был ли он уже выполнен.",
	}},
	ProviderWantsCert: {ProviderWrong, Provider, ByBoth, Text{
		RO: "Sistemul furnizorului de date cere un certificat de client, iar serviciul este declarat fără; cererea nu a fost executată.",
		EN: "The data provider's system asks for a client certificate and the service is declared without one; the request was not carried out.",
		RU: "Система поставщика данных требует клиентский сертификат, а сервис объявлен без него; запрос не выполнен.",
	}, Text{
		RO: "Declarați serviciul cu „credentials: { kind: mtls }” sau nu mai cereți certificatul.",
		EN: "Declare the service with “credentials: { kind: mtls }”, or do not ask for the certificate.",
		RU: "Объявите сервис с «credentials: { kind: mtls }» или не требуйте сертификат.",
	}},
	ProviderCertLate: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Sistemul furnizorului de date cere certificatul de client abia după cerere, când nu mai poate fi prezentat; cererea nu a fost executată.",
		EN: "The data provider's system asks for the client certificate only after the request, when it can no longer be presented; the request was not carried out.",
		RU: "Система поставщика данных требует клиентский сертификат лишь после запроса, когда предъявить его уже нельзя; запрос не выполнен.",
	}, Text{
		RO: "Furnizorul de date trebuie să ceară certificatul la stabilirea conexiunii TLS, pentru toată adresa, nu pentru o singură cale.",
		EN: "The data provider must ask for the certificate in the TLS handshake, for the whole address and not for one path.",
		RU: "Поставщик данных должен запрашивать сертификат при установлении соединения TLS, для всего адреса, а не для одного пути.",
	}},
	ProviderBusy: {Unavailable, Platform, ByNobodyWait, Text{
		RO: "Prea multe cereri către acest serviciu sunt în curs ({limit}).",
		EN: "Too many requests to this service are under way ({limit}).",
		RU: "Слишком много запросов к этому сервису выполняется одновременно ({limit}).",
	}, Text{
		RO: "Așteptați puțin și repetați cererea.",
		EN: "Wait a little and repeat the request.",
		RU: "Немного подождите и повторите запрос.",
	}},
	ProviderFault: {ProviderWrong, Provider, ByProvider, Text{
		RO: "Sistemul furnizorului de date a raportat o eroare proprie ({fault}).",
		EN: "The data provider's system reported an error of its own ({fault}).",
		RU: "Система поставщика данных сообщила о собственной ошибке ({fault}).",
	}, Text{
		RO: "Citiți explicația furnizorului de date și contactați-l.",
		EN: "Read the data provider's explanation and contact the data provider.",
		RU: "Ознакомьтесь с пояснением поставщика данных и обратитесь к нему.",
	}},
	ProviderNoFile: {Unavailable, Provider, ByProvider, Text{
		RO: "Furnizorul de date nu a transmis încă fișierul din care răspunde acest serviciu.",
		EN: "The data provider has not yet submitted the file from which this service answers.",
		RU: "Поставщик данных ещё не передал файл, из которого отвечает этот сервис.",
	}, Text{
		RO: "Furnizorul de date trebuie să transmită un fișier valid.",
		EN: "The data provider must submit a valid file.",
		RU: "Поставщик данных должен передать корректный файл.",
	}},
	ProviderStale: {Unavailable, Provider, ByProvider, Text{
		RO: "Datele din fișierul furnizorului sunt mai vechi decât se permite (limita: {limit}).",
		EN: "The data in the provider's file are older than is allowed (limit: {limit}).",
		RU: "Данные в файле поставщика старше допустимого (предел: {limit}).",
	}, Text{
		RO: "Furnizorul de date trebuie să transmită un fișier actual.",
		EN: "The data provider must submit a current file.",
		RU: "Поставщик данных должен передать актуальный файл.",
	}},
	FileFlaw: {Invalid, Caller, ByProvider, Text{
		RO: "Locul nu poate fi preluat: {what}.",
		EN: "This place cannot be taken: {what}.",
		RU: "Это место принять нельзя: {what}.",
	}, Text{
		RO: "Corectați locul indicat și transmiteți fișierul din nou.",
		EN: "Correct the place and hand the file in again.",
		RU: "Исправьте указанное место и передайте файл снова.",
	}},
	FileInvalid: {Invalid, Caller, ByProvider, Text{
		RO: "Fișierul nu corespunde coloanelor declarate (erori: {count}); rămâne în vigoare fișierul anterior.",
		EN: "The file does not match the declared columns (errors: {count}); the previous file stays in force.",
		RU: "Файл не соответствует объявленным столбцам (ошибок: {count}); в силе остаётся прежний файл.",
	}, Text{
		RO: "Corectați rândurile și coloanele enumerate și transmiteți fișierul din nou.",
		EN: "Correct the rows and columns listed and submit the file again.",
		RU: "Исправьте перечисленные строки и столбцы и передайте файл снова.",
	}},
}
