package fault

// keeping: the record and the platform's own state.
var keeping = map[Code]Entry{
	RecordUnavailable: {Unavailable, Platform, ByOperator, Text{
		RO: "Jurnalul nu poate fi scris, iar fără înregistrare nu are loc niciun schimb de date.",
		EN: "The journal cannot be written, and without a record no exchange takes place.",
		RU: "Запись в журнал невозможна, а без записи обмен данными не производится.",
	}, Text{
		RO: "Repetați mai târziu; operatorul platformei trebuie să restabilească jurnalul.",
		EN: "Repeat later; the operator of the platform must restore the journal.",
		RU: "Повторите позже; оператор платформы должен восстановить журнал.",
	}},
	StoreUnavailable: {Unavailable, Platform, ByOperator, Text{
		RO: "Depozitul de date al platformei este indisponibil.",
		EN: "The platform's store is unavailable.",
		RU: "Хранилище платформы недоступно.",
	}, Text{
		RO: "Repetați mai târziu; operatorul platformei trebuie să restabilească depozitul.",
		EN: "Repeat later; the operator of the platform must restore the store.",
		RU: "Повторите позже; оператор платформы должен восстановить хранилище.",
	}},
	StoreHeld: {Unavailable, Platform, ByOperator, Text{
		RO: "În depozitul {store} scrie deja alt proces: {holder}.",
		EN: "Another process already writes the store {store}: {holder}.",
		RU: "В хранилище {store} уже пишет другой процесс: {holder}.",
	}, Text{
		RO: "Folosiți API-ul de administrare al acestui server (--admin-url) sau opriți mai întâi acel proces.",
		EN: "Use the management API of that server (--admin-url), or stop that process first.",
		RU: "Воспользуйтесь API управления этого сервера (--admin-url) или сначала остановите этот процесс.",
	}},
	StoreVersion: {Unavailable, Platform, ByOperator, Text{
		RO: "Tabelele depozitului sunt de versiunea {stored}, iar acest program lucrează cu versiunea {known}.",
		EN: "The tables of the store are of version {stored}; this program works with version {known}.",
		RU: "Таблицы хранилища имеют версию {stored}, а эта программа работает с версией {known}.",
	}, Text{
		RO: "Dacă tabelele sunt mai vechi, porniți serverul din această versiune, care le actualizează; dacă sunt mai noi, folosiți programul mai nou.",
		EN: "If the tables are older, start the server of this version, which brings them up to date; if they are newer, use the newer program.",
		RU: "Если таблицы старее, запустите сервер этой версии, он их обновит; если новее, используйте более новую программу.",
	}},
	KeysMissing: {Unavailable, Platform, ByOperator, Text{
		RO: "Lipsesc cheile {files}, iar jurnalul conține {records} înregistrări făcute cu ele.",
		EN: "The keys {files} are missing, and the journal holds {records} records that were made with them.",
		RU: "Отсутствуют ключи {files}, а журнал содержит {records} записей, сделанных с ними.",
	}, Text{
		RO: "Puneți la loc fișierele din copia separată a cheilor. Nu generați chei noi: cu ele, persoanele din jurnal nu mai pot fi nici căutate, nici citite.",
		EN: "Put the files back from the separate copy of the keys. Do not make new keys: with them the persons in the journal can be neither found nor read.",
		RU: "Верните файлы из отдельной копии ключей. Не создавайте новые ключи: с ними лиц, указанных в журнале, нельзя будет ни найти, ни прочитать.",
	}},
	KeysForeign: {Invalid, Platform, ByOperator, Text{
		RO: "Cheile din {folder} nu sunt cele cu care a fost semnat acest jurnal.",
		EN: "The keys in {folder} are not those with which this journal was signed.",
		RU: "Ключи в {folder} — не те, которыми подписан этот журнал.",
	}, Text{
		RO: "Puneți la loc cheile acestei instalări din copia lor separată.",
		EN: "Put the keys of this installation back from their separate copy.",
		RU: "Верните ключи этой установки из их отдельной копии.",
	}},
	BackupDamaged: {Invalid, Caller, ByOperator, Text{
		RO: "Copia de rezervă este deteriorată: {file} nu corespunde manifestului său.",
		EN: "The backup is damaged: {file} is not what its manifest says.",
		RU: "Резервная копия повреждена: {file} не соответствует своему манифесту.",
	}, Text{
		RO: "Folosiți altă copie de rezervă.",
		EN: "Use another backup.",
		RU: "Используйте другую резервную копию.",
	}},
	BackupGap: {Invalid, Caller, ByOperator, Text{
		RO: "Copia de rezervă {backup} continuă copia {parent}, care lipsește sau este alta.",
		EN: "The backup {backup} continues the backup {parent}, which is missing or is another one.",
		RU: "Резервная копия {backup} продолжает копию {parent}, которая отсутствует или не является исходной.",
	}, Text{
		RO: "Indicați dosarele tuturor copiilor, de la cea completă până la ultima.",
		EN: "Name the folders of all backups, from the full one to the last.",
		RU: "Укажите папки всех копий, от полной до последней.",
	}},
	RecordRate: {Throttled, Caller, ByConsumer, Text{
		RO: "Dovezile sunt cerute mai des de {limit} ori pe secundă.",
		EN: "Evidence is asked for more often than {limit} times a second.",
		RU: "Доказательства запрашиваются чаще {limit} раз в секунду.",
	}, Text{
		RO: "Păstrați dovezile obținute și reduceți ritmul.",
		EN: "Keep the evidence that you have got, and slow down.",
		RU: "Сохраняйте полученные доказательства и снизьте частоту.",
	}},
	RecordUnknown: {NotFound, Caller, ByConsumer, Text{
		RO: "Înregistrarea nu există sau nu vă aparține.",
		EN: "The record does not exist or is not yours.",
		RU: "Запись не существует или вам не принадлежит.",
	}, Text{
		RO: "Verificați identificatorul apelului.",
		EN: "Check the call identifier.",
		RU: "Проверьте идентификатор вызова.",
	}},
	ResourceInvalid: {Invalid, Caller, ByOperator, Text{
		RO: "Descrierea nu este valabilă; nimic nu a fost schimbat.",
		EN: "The description is not valid; nothing was changed.",
		RU: "Описание недействительно; ничего не изменено.",
	}, Text{
		RO: "Corectați locurile enumerate.",
		EN: "Correct the places listed.",
		RU: "Исправьте перечисленные места.",
	}},
	ResourceUnknown: {NotFound, Caller, ByOperator, Text{
		RO: "{kind} {id} nu există.",
		EN: "{kind} {id} does not exist.",
		RU: "{kind} {id} не существует.",
	}, Text{
		RO: "Verificați identificatorul sau creați mai întâi resursa.",
		EN: "Check the identifier, or create the resource first.",
		RU: "Проверьте идентификатор или сначала создайте ресурс.",
	}},
	ResourceSuspended: {Invalid, Caller, ByOperator, Text{
		RO: "{kind} {id} se află în starea „{state}” de la {since}, prin decizia lui {by}.",
		EN: "{kind} {id} has the state “{state}” since {since}, by {by}.",
		RU: "{kind} {id} находится в состоянии «{state}» с {since}, по решению {by}.",
	}, Text{
		RO: "Starea se ridică numai printr-o reluare expresă (mconnect resume sau apply --resume).",
		EN: "The state ends only by an explicit resume (mconnect resume, or apply --resume).",
		RU: "Состояние снимается только явным возобновлением (mconnect resume или apply --resume).",
	}},
	ResourceFinal: {Invalid, Caller, ByOperator, Text{
		RO: "{kind} {id} se află în starea „{state}” de la {since}, prin decizia lui {by}; starea este definitivă.",
		EN: "{kind} {id} has the state “{state}” since {since}, by {by}; this state is final.",
		RU: "{kind} {id} находится в состоянии «{state}» с {since}, по решению {by}; это состояние окончательное.",
	}, Text{
		RO: "Creați o resursă nouă: alt certificat, alt acord sau o versiune nouă.",
		EN: "Create a new resource: another certificate, another agreement, or a new version.",
		RU: "Создайте новый ресурс: другой сертификат, другое соглашение или новую версию.",
	}},
	ResourceConflict: {Conflict, Caller, ByOperator, Text{
		RO: "Starea a fost schimbată între timp de altcineva.",
		EN: "The state was meanwhile changed by somebody else.",
		RU: "Состояние тем временем было изменено кем-то другим.",
	}, Text{
		RO: "Citiți din nou starea și repetați modificarea.",
		EN: "Read the state again and repeat the change.",
		RU: "Прочитайте состояние заново и повторите изменение.",
	}},
	ResourceInUse: {Conflict, Caller, ByOperator, Text{
		RO: "{kind} {id} este folosit de {by}.",
		EN: "{kind} {id} is referred to by {by}.",
		RU: "На {kind} {id} ссылается {by}.",
	}, Text{
		RO: "Eliminați mai întâi ceea ce face trimitere la această resursă.",
		EN: "First remove what refers to this resource.",
		RU: "Сначала удалите то, что ссылается на этот ресурс.",
	}},
	ResourceDuplicate: {Conflict, Caller, ByOperator, Text{
		RO: "{kind} {id} este indicat de două ori.",
		EN: "{kind} {id} is stated twice.",
		RU: "{kind} {id} указан дважды.",
	}, Text{
		RO: "Păstrați o singură descriere.",
		EN: "Keep one description only.",
		RU: "Оставьте только одно описание.",
	}},
	ResourceRole: {Invalid, Caller, ByOperator, Text{
		RO: "{kind} {id} nu are rolul „{role}”.",
		EN: "{kind} {id} lacks the role “{role}”.",
		RU: "У {kind} {id} нет роли «{role}».",
	}, Text{
		RO: "Atribuiți rolul sau alegeți alt sistem.",
		EN: "Give it the role, or choose another system.",
		RU: "Назначьте роль или выберите другую систему.",
	}},
	QueryInvalid: {Malformed, Caller, ByConsumer, Text{
		RO: "Interogarea nu este valabilă: {what}.",
		EN: "The query is not valid: {what}.",
		RU: "Запрос поиска недействителен: {what}.",
	}, Text{
		RO: "Corectați interogarea.",
		EN: "Correct the query.",
		RU: "Исправьте запрос поиска.",
	}},
}
