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
		RO: "Baza de date a platformei nu este disponibilă.",
		EN: "The platform's database is unavailable.",
		RU: "База данных платформы недоступна.",
	}, Text{
		RO: "Repetați mai târziu; operatorul platformei trebuie să restabilească baza de date.",
		EN: "Repeat later; the operator of the platform must restore the database.",
		RU: "Повторите позже; оператор платформы должен восстановить базу данных.",
	}},
	StoreHeld: {Unavailable, Platform, ByOperator, Text{
		RO: "În baza de date {store} scrie deja alt proces: {holder}.",
		EN: "Another process already writes to the database {store}: {holder}.",
		RU: "В базу данных {store} уже пишет другой процесс: {holder}.",
	}, Text{
		RO: "Folosiți API-ul de administrare al acestui server (--admin-url) sau opriți mai întâi acel proces.",
		EN: "Use the management API of that server (--admin-url), or stop that process first.",
		RU: "Воспользуйтесь API управления этого сервера (--admin-url) или сначала остановите этот процесс.",
	}},
	StoreVersion: {Unavailable, Platform, ByOperator, Text{
		RO: "Tabelele bazei de date au versiunea {stored}, iar acest program lucrează cu versiunea {known}.",
		EN: "The tables of the database have the version {stored}; this program works with version {known}.",
		RU: "Таблицы базы данных имеют версию {stored}, а эта программа работает с версией {known}.",
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
		EN: "Keep the evidence that you have received, and slow down.",
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
		RO: "Descrierea nu este corectă; nu s-a schimbat nimic.",
		EN: "The description is not valid; nothing was changed.",
		RU: "Описание некорректно; ничего не изменено.",
	}, Text{
		RO: "Corectați erorile enumerate.",
		EN: "Correct the errors listed.",
		RU: "Исправьте перечисленные ошибки.",
	}},
	ResourceUnknown: {NotFound, Caller, ByOperator, Text{
		RO: "{kind} {id}: resursa nu există.",
		EN: "{kind} {id} does not exist.",
		RU: "{kind} {id}: такого ресурса нет.",
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
	ResourceUnrecorded: {Conflict, Platform, ByOperator, Text{
		RO: "{kind} {id}: starea din depozit nu este cea înregistrată în jurnal (revizia {revision}); ea nu produce efecte.",
		EN: "{kind} {id}: the stored state is not the one that the journal recorded (revision {revision}); it has no effect.",
		RU: "{kind} {id}: состояние в хранилище не совпадает с записанным в журнале (ревизия {revision}); оно не действует.",
	}, Text{
		RO: "Cineva a scris direct în baza de date. Verificați jurnalul (mconnect journal verify), apoi aplicați starea corectă cu --resume.",
		EN: "Somebody wrote the database directly. Verify the journal (mconnect journal verify), then apply the right state with --resume.",
		RU: "Кто-то изменил базу данных напрямую. Проверьте журнал (mconnect journal verify), затем примените верное состояние с --resume.",
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
		RO: "Datele au fost modificate între timp de alt utilizator.",
		EN: "The data have been changed by another user in the meantime.",
		RU: "Данные уже изменены другим пользователем.",
	}, Text{
		RO: "Reîncărcați datele și repetați modificarea.",
		EN: "Load the data again and repeat the change.",
		RU: "Обновите данные и повторите изменение.",
	}},
	ResourceInUse: {Conflict, Caller, ByOperator, Text{
		RO: "{kind} {id}: resursa este folosită de {by}.",
		EN: "{kind} {id} is referred to by {by}.",
		RU: "На {kind} {id} ссылается {by}.",
	}, Text{
		RO: "Eliminați mai întâi ceea ce face trimitere la această resursă.",
		EN: "First remove what refers to this resource.",
		RU: "Сначала удалите то, что ссылается на этот ресурс.",
	}},
	ResourceDuplicate: {Conflict, Caller, ByOperator, Text{
		RO: "{kind} {id}: resursa este indicată de două ori.",
		EN: "{kind} {id} is stated twice.",
		RU: "{kind} {id}: ресурс указан дважды.",
	}, Text{
		RO: "Păstrați o singură descriere.",
		EN: "Keep one description only.",
		RU: "Оставьте только одно описание.",
	}},
	ResourceRole: {Invalid, Caller, ByOperator, Text{
		RO: "{kind} {id} nu are rolul „{role}”.",
		EN: "{kind} {id} does not have the role “{role}”.",
		RU: "У {kind} {id} нет роли «{role}».",
	}, Text{
		RO: "Atribuiți rolul sau alegeți alt sistem.",
		EN: "Assign the role, or choose another system.",
		RU: "Назначьте роль или выберите другую систему.",
	}},
	QueryInvalid: {Malformed, Caller, ByConsumer, Text{
		RO: "Interogarea nu este corectă: {what}.",
		EN: "The query is not valid: {what}.",
		RU: "Поисковый запрос некорректен: {what}.",
	}, Text{
		RO: "Corectați interogarea.",
		EN: "Correct the query.",
		RU: "Исправьте поисковый запрос.",
	}},
}
