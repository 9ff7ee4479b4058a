package fault

// asked says what is wrong with an access request, or with what a person wants to do with it.
var asked = map[Code]Entry{
	RequestUnknown: {NotFound, Caller, ByConsumer, Text{
		RO: "Nu există o cerere cu acest număr la care aveți acces.",
		EN: "There is no request of this number that you may see.",
		RU: "Нет заявки с этим номером, доступной вам.",
	}, Text{
		RO: "Verificați numărul și instituția pentru care acționați.",
		EN: "Check the number and the institution for which you act.",
		RU: "Проверьте номер и учреждение, от имени которого вы действуете.",
	}},
	RequestStale: {Conflict, Caller, ByConsumer, Text{
		RO: "Cererea a fost modificată între timp, acum este la revizia {revision}.",
		EN: "The request was changed meanwhile and is at revision {revision} now.",
		RU: "Заявка была изменена и теперь имеет редакцию {revision}.",
	}, Text{
		RO: "Deschideți cererea din nou și repetați modificarea; textele introduse se păstrează în formular.",
		EN: "Open the request again and repeat the change; what you entered stays in the form.",
		RU: "Откройте заявку снова и повторите изменение; введённый текст сохраняется в форме.",
	}},
	RequestState: {Conflict, Caller, ByConsumer, Text{
		RO: "Acțiunea {step} nu este posibilă în starea {state}.",
		EN: "The step {step} is not possible in the state {state}.",
		RU: "Действие {step} невозможно в состоянии {state}.",
	}, Text{
		RO: "Deschideți cererea: starea arată cine urmează să acționeze.",
		EN: "Open the request: its state shows who acts next.",
		RU: "Откройте заявку: её состояние показывает, кто действует дальше.",
	}},
	RequestInvalid: {Invalid, Caller, ByConsumer, Text{
		RO: "Cererea sau decizia nu este completă.",
		EN: "The request or the decision is not complete.",
		RU: "Заявка или решение неполные.",
	}, Text{
		RO: "Corectați câmpurile indicate și repetați.",
		EN: "Correct the fields that are listed and repeat.",
		RU: "Исправьте указанные поля и повторите.",
	}},
	RequestDigest: {Conflict, Caller, ByConsumer, Text{
		RO: "Semnătura este a altui conținut decât versiunea care așteaptă semnătura.",
		EN: "The signature is of another content than the version that waits for it.",
		RU: "Подпись относится не к той версии, которая её ожидает.",
	}, Text{
		RO: "Descărcați versiunea actuală și semnați-o.",
		EN: "Download the current version and sign that.",
		RU: "Скачайте текущую версию и подпишите её.",
	}},
	RequestSigner: {Refused, Caller, ByConsumer, Text{
		RO: "Semnătura este a altei persoane.",
		EN: "Another person made the signature.",
		RU: "Подпись поставило другое лицо.",
	}, Text{
		RO: "Semnați cu certificatul persoanei care transmite semnătura.",
		EN: "Sign with the certificate of the person who hands the signature in.",
		RU: "Подпишите сертификатом лица, которое передаёт подпись.",
	}},
	RequestSignature: {Refused, Caller, ByConsumer, Text{
		RO: "Semnătura nu poate fi citită, este falsă sau certificatul nu este de încredere.",
		EN: "The signature cannot be read, is forged, or its certificate is not trusted.",
		RU: "Подпись не читается, подделана или её сертификат не является доверенным.",
	}, Text{
		RO: "Transmiteți un JWS compact cu x5c, semnat cu ES256 sau RS256 și un certificat valabil.",
		EN: "Hand in a compact JWS with x5c, signed by ES256 or RS256 with a valid certificate.",
		RU: "Передайте компактный JWS с x5c, подписанный ES256 или RS256 действующим сертификатом.",
	}},
	RequestParties: {Refused, Caller, ByOperator, Text{
		RO: "Instituția {participant} nu este activă sau nu poate depune această cerere.",
		EN: "The participant {participant} is not active or cannot make this request.",
		RU: "Участник {participant} не активен или не может подать эту заявку.",
	}, Text{
		RO: "Adresați-vă operatorului platformei.",
		EN: "Turn to the operator of the platform.",
		RU: "Обратитесь к оператору платформы.",
	}},
	RequestExists: {Conflict, Caller, ByConsumer, Text{
		RO: "Acordul {agreement} acoperă deja acest serviciu și acest scop.",
		EN: "The agreement {agreement} covers this service and purpose already.",
		RU: "Соглашение {agreement} уже охватывает эту услугу и цель.",
	}, Text{
		RO: "Cereți modificarea acordului existent.",
		EN: "Ask for an amendment of that agreement.",
		RU: "Запросите изменение этого соглашения.",
	}},
	RequestOpen: {Conflict, Caller, ByConsumer, Text{
		RO: "Cererea {request} privind acordul {agreement} este deja deschisă.",
		EN: "The request {request} about the agreement {agreement} is open already.",
		RU: "Заявка {request} по соглашению {agreement} уже открыта.",
	}, Text{
		RO: "Continuați cererea existentă sau retrageți-o.",
		EN: "Continue that request or withdraw it.",
		RU: "Продолжите эту заявку или отзовите её.",
	}},
	RequestTests: {Conflict, Caller, ByConsumer, Text{
		RO: "Acordul nu poate începe: testele nu sunt toate trecute sau sistemul nu are un certificat valabil.",
		EN: "The agreement cannot begin: not all tests pass, or the system has no valid certificate.",
		RU: "Соглашение не может начаться: не все тесты пройдены или у системы нет действующего сертификата.",
	}, Text{
		RO: "Înregistrați certificatul sistemului și repetați testele.",
		EN: "Register the certificate of the system and run the tests again.",
		RU: "Зарегистрируйте сертификат системы и повторите тесты.",
	}},
	RequestPeriod: {Conflict, Caller, ByOperator, Text{
		RO: "Termenul nu poate fi prelungit acum.",
		EN: "The period cannot be made longer now.",
		RU: "Срок сейчас нельзя продлить.",
	}, Text{
		RO: "Termenul se prelungește o singură dată, cu motive, în primele 30 de zile.",
		EN: "The period is made longer once, with reasons, within the first 30 days.",
		RU: "Срок продлевается один раз, с указанием причин, в первые 30 дней.",
	}},
	DocumentUnknown: {NotFound, Caller, ByConsumer, Text{
		RO: "Nu există un document cu acest număr sau cod.",
		EN: "There is no document of this number or code.",
		RU: "Нет документа с этим номером или кодом.",
	}, Text{
		RO: "Verificați codul tipărit pe document.",
		EN: "Check the code as it is printed on the document.",
		RU: "Проверьте код, напечатанный на документе.",
	}},
	DocumentThrottled: {Throttled, Caller, ByNobodyWait, Text{
		RO: "De la această adresă au fost încercate prea multe coduri care nu există. Următorul este posibil peste {wait}.",
		EN: "Too many codes that do not exist were tried from this address. The next one is possible in {wait}.",
		RU: "С этого адреса проверено слишком много несуществующих кодов. Следующий возможен через {wait}.",
	}, Text{
		RO: "Așteptați, apoi introduceți codul tipărit pe document.",
		EN: "Wait, then enter the code as it is printed on the document.",
		RU: "Подождите, затем введите код, напечатанный на документе.",
	}},
	AttachmentRefused: {Invalid, Caller, ByConsumer, Text{
		RO: "Fișierul nu poate fi atașat: {what}.",
		EN: "The file cannot be attached: {what}.",
		RU: "Файл нельзя приложить: {what}.",
	}, Text{
		RO: "Atașați un PDF, JPEG sau PNG de cel mult 10 MB.",
		EN: "Attach a PDF, JPEG or PNG of at most 10 MB.",
		RU: "Приложите PDF, JPEG или PNG не более 10 МБ.",
	}},
	AgreementGranted: {Refused, Caller, ByConsumer, Text{
		RO: "Acordul {agreement} este acordat, dar nu a început: testele urmează.",
		EN: "The agreement {agreement} is granted and has not begun: its tests are due.",
		RU: "Соглашение {agreement} предоставлено, но не начато: предстоят тесты.",
	}, Text{
		RO: "Treceți testele în mediul de testare și porniți acordul.",
		EN: "Pass the tests in the sandbox and start the agreement.",
		RU: "Пройдите тесты в песочнице и запустите соглашение.",
	}},
	AgreementByRequest: {Conflict, Caller, ByOperator, Text{
		RO: "Acordul {id} a fost încheiat prin cererea {request}.",
		EN: "The agreement {id} was made by request {request}.",
		RU: "Соглашение {id} заключено по заявке {request}.",
	}, Text{
		RO: "Cereți modificarea lui printr-o cerere sau indicați acordul în --replace.",
		EN: "Ask for its amendment by a request, or name the agreement in --replace.",
		RU: "Запросите его изменение заявкой или укажите соглашение в --replace.",
	}},
}

// formed says what is wrong with one answer of a form.
var formed = map[Code]Entry{
	FormMissing: {Invalid, Caller, ByConsumer, Text{
		RO: "Răspunsul lipsește.",
		EN: "The answer is missing.",
		RU: "Ответ отсутствует.",
	}, Text{
		RO: "Completați câmpul.",
		EN: "Answer the question.",
		RU: "Заполните поле.",
	}},
	FormUnknownField: {Invalid, Caller, ByConsumer, Text{
		RO: "Formularul nu are acest câmp.",
		EN: "The form has no such field.",
		RU: "В форме нет такого поля.",
	}, Text{
		RO: "Eliminați câmpul.",
		EN: "Leave the field out.",
		RU: "Уберите поле.",
	}},
	FormBadValue: {Invalid, Caller, ByConsumer, Text{
		RO: "Valoarea nu este admisă aici.",
		EN: "The value is not allowed here.",
		RU: "Значение здесь недопустимо.",
	}, Text{
		RO: "Alegeți o valoare din cele oferite.",
		EN: "Choose one of the values that are offered.",
		RU: "Выберите одно из предложенных значений.",
	}},
	FormBadFormat: {Invalid, Caller, ByConsumer, Text{
		RO: "Forma răspunsului nu este corectă.",
		EN: "The answer does not have the right form.",
		RU: "Форма ответа неверна.",
	}, Text{
		RO: "Scrieți răspunsul în forma indicată la câmp.",
		EN: "Write the answer in the form that the field states.",
		RU: "Запишите ответ в форме, указанной у поля.",
	}},
	FormTooLong: {Invalid, Caller, ByConsumer, Text{
		RO: "Răspunsul este mai lung decât {max}.",
		EN: "The answer is longer than {max}.",
		RU: "Ответ длиннее, чем {max}.",
	}, Text{
		RO: "Scurtați răspunsul.",
		EN: "Shorten the answer.",
		RU: "Сократите ответ.",
	}},
	FormHiddenAnswered: {Invalid, Caller, ByConsumer, Text{
		RO: "Întrebarea nu se aplică acestei cereri.",
		EN: "The question does not apply to this request.",
		RU: "Вопрос не относится к этой заявке.",
	}, Text{
		RO: "Eliminați răspunsul.",
		EN: "Leave the answer out.",
		RU: "Уберите ответ.",
	}},
	FormVersionExpired: {Invalid, Caller, ByConsumer, Text{
		RO: "Versiunea formularului a expirat.",
		EN: "The version of the form has expired.",
		RU: "Версия формы истекла.",
	}, Text{
		RO: "Treceți cererea la versiunea actuală a formularului.",
		EN: "Move the request to the current version of the form.",
		RU: "Переведите заявку на текущую версию формы.",
	}},
	FormBeyondAgreement: {Invalid, Caller, ByConsumer, Text{
		RO: "Acordul nu acordă {value}, iar o restrângere nu poate cere mai mult.",
		EN: "The agreement does not grant {value}, and a narrowing cannot ask for more.",
		RU: "Соглашение не предоставляет {value}, а сужение не может запросить больше.",
	}, Text{
		RO: "Lăsați doar ce este acordat, sau depuneți o cerere de modificare.",
		EN: "Keep only what is granted, or make a request for an amendment.",
		RU: "Оставьте только предоставленное или подайте заявку на изменение.",
	}},
	FormContradictsCatalogue: {Invalid, Caller, ByConsumer, Text{
		RO: "Răspunsul contrazice catalogul.",
		EN: "The answer contradicts the catalogue.",
		RU: "Ответ противоречит каталогу.",
	}, Text{
		RO: "Alegeți din ceea ce arată catalogul.",
		EN: "Choose from what the catalogue shows.",
		RU: "Выберите из того, что показывает каталог.",
	}},
	FormNotAuthorisedOption: {Invalid, Caller, ByConsumer, Text{
		RO: "Instituția nu poate alege această opțiune.",
		EN: "This option is not open to the institution.",
		RU: "Учреждение не может выбрать этот вариант.",
	}, Text{
		RO: "Alegeți altă opțiune.",
		EN: "Choose another option.",
		RU: "Выберите другой вариант.",
	}},
	FormActNotInForce: {Invalid, Caller, ByConsumer, Text{
		RO: "Actul {act} nu este în vigoare la data începerii.",
		EN: "The act {act} is not in force on the first day.",
		RU: "Акт {act} не действует на дату начала.",
	}, Text{
		RO: "Indicați un act în vigoare sau propuneți un act juristului platformei.",
		EN: "Cite an act that is in force, or propose one to the platform's lawyer.",
		RU: "Укажите действующий акт или предложите акт юристу платформы.",
	}},
	FormAttachmentRefused: {Invalid, Caller, ByConsumer, Text{
		RO: "Fișierul indicat nu este atașat cererii.",
		EN: "The file that is named is not attached to the request.",
		RU: "Указанный файл не приложен к заявке.",
	}, Text{
		RO: "Atașați fișierul și alegeți-l din nou.",
		EN: "Attach the file and choose it again.",
		RU: "Приложите файл и выберите его снова.",
	}},
	FormVerifyOnly: {Invalid, Caller, ByConsumer, Text{
		RO: "Este de ajuns o confirmare, dar se cer mai multe câmpuri.",
		EN: "A confirmation is enough, yet several fields are asked for.",
		RU: "Достаточно подтверждения, но запрошено несколько полей.",
	}, Text{
		RO: "Cereți serviciul care răspunde cu da sau nu.",
		EN: "Ask for the service that answers yes or no.",
		RU: "Запросите услугу с ответом да или нет.",
	}},
}
