package fault

// pushed: why an event does not reach a webhook.
var pushed = map[Code]Entry{
	WebhookName: {Invalid, Caller, ByConsumer, Text{
		RO: "Numele {host} nu poate fi tradus într-o adresă IP.",
		EN: "The name {host} cannot be resolved to an address.",
		RU: "Имя {host} не удаётся преобразовать в адрес.",
	}, Text{
		RO: "Verificați URL-ul abonamentului și înregistrarea DNS, așa cum o vede mașina platformei.",
		EN: "Check the URL of the subscription and the DNS entry, as the platform's machine sees it.",
		RU: "Проверьте URL подписки и запись DNS, как её видит машина платформы.",
	}},
	WebhookConnect: {Invalid, Caller, ByConsumer, Text{
		RO: "Conexiunea cu {host} nu reușește: {what}.",
		EN: "There is no connection to {host}: {what}.",
		RU: "Не удаётся соединиться с {host}: {what}.",
	}, Text{
		RO: "Cereți destinatarului să verifice serverul, portul și paravanul de protecție.",
		EN: "Ask the receiver to check its server, port and firewall.",
		RU: "Попросите получателя проверить сервер, порт и межсетевой экран.",
	}},
	WebhookTimeout: {Invalid, Caller, ByConsumer, Text{
		RO: "{host} nu a răspuns în {limit}.",
		EN: "{host} did not answer within {limit}.",
		RU: "{host} не ответил за {limit}.",
	}, Text{
		RO: "Cereți destinatarului să confirme evenimentul imediat și să îl prelucreze ulterior.",
		EN: "Ask the receiver to acknowledge the event at once and to process it afterwards.",
		RU: "Попросите получателя сразу подтверждать событие, а обрабатывать его позже.",
	}},
	WebhookTLS: {Invalid, Caller, ByConsumer, Text{
		RO: "Negocierea TLS cu {host} nu reușește: {what}.",
		EN: "The TLS handshake with {host} fails: {what}.",
		RU: "Согласование TLS с {host} не удаётся: {what}.",
	}, Text{
		RO: "Cereți destinatarului să ofere TLS 1.2 sau mai nou la acest port și să accepte certificatul platformei.",
		EN: "Ask the receiver to offer TLS 1.2 or later on this port, and to accept the platform's certificate.",
		RU: "Попросите получателя включить на этом порту TLS 1.2 или новее и принимать сертификат платформы.",
	}},
	WebhookCertificate: {Invalid, Caller, ByConsumer, Text{
		RO: "Certificatul prezentat de {host} nu este acceptat: {what}.",
		EN: "The certificate of {host} is not accepted: {what}.",
		RU: "Сертификат {host} не принимается: {what}.",
	}, Text{
		RO: "Cereți destinatarului un certificat valabil pentru acest nume, emis de o autoritate în care platforma are încredere.",
		EN: "Ask the receiver for a valid certificate for this name, issued by an authority that the platform trusts.",
		RU: "Запросите у получателя действующий сертификат на это имя от центра, которому доверяет платформа.",
	}},
	WebhookForbidden: {Invalid, Caller, ByOperator, Text{
		RO: "Adresa {address} nu face parte din rețelele înregistrate ale sistemului.",
		EN: "The address {address} is outside the registered networks of the system.",
		RU: "Адрес {address} не входит в зарегистрированные сети системы.",
	}, Text{
		RO: "Înregistrați rețeaua destinatarului în networks la sistem, dacă adresa este cea corectă.",
		EN: "Register the receiver's network under networks of the system, if the address is the right one.",
		RU: "Укажите сеть получателя в networks системы, если адрес верен.",
	}},
	WebhookStatus: {Invalid, Caller, ByConsumer, Text{
		RO: "Destinatarul a răspuns cu {status}.",
		EN: "The receiver answered {status}.",
		RU: "Получатель ответил {status}.",
	}, Text{
		RO: "Cereți destinatarului să caute cererea în jurnalul său.",
		EN: "Ask the receiver to look the request up in its log.",
		RU: "Попросите получателя найти запрос в своём журнале.",
	}},
	WebhookRedirect: {Invalid, Caller, ByConsumer, Text{
		RO: "Destinatarul a răspuns cu {status} și trimite la altă adresă; platforma nu urmează redirecționări.",
		EN: "The receiver answered {status} and points to another address; redirects are not followed.",
		RU: "Получатель ответил {status} и указывает другой адрес; перенаправления не выполняются.",
	}, Text{
		RO: "Indicați în abonament adresa finală.",
		EN: "State the final address in the subscription.",
		RU: "Укажите в подписке конечный адрес.",
	}},
	WebhookPermission: {Invalid, Caller, ByConsumer, Text{
		RO: "Destinatarul a răspuns la OPTIONS cu {status}, fără permisiune pentru {origin}.",
		EN: "The receiver answered OPTIONS with {status} and without permission for {origin}.",
		RU: "Получатель ответил на OPTIONS с кодом {status} без разрешения для {origin}.",
	}, Text{
		RO: "Destinatarul trebuie să răspundă la OPTIONS cu 2xx și WebHook-Allowed-Origin cu această origine sau cu „*”.",
		EN: "The receiver must answer OPTIONS with 2xx and WebHook-Allowed-Origin with this origin or “*”.",
		RU: "Получатель должен отвечать на OPTIONS кодом 2xx и WebHook-Allowed-Origin с этим источником или «*».",
	}},
	WebhookPace: {Invalid, Caller, ByConsumer, Text{
		RO: "Antetul WebHook-Allowed-Rate din răspuns nu este un număr pozitiv.",
		EN: "The header WebHook-Allowed-Rate of the answer is not a positive number.",
		RU: "Заголовок WebHook-Allowed-Rate в ответе не является положительным числом.",
	}, Text{
		RO: "Destinatarul trebuie să indice cereri pe minut, „*” sau să omită antetul.",
		EN: "The receiver must state requests a minute, “*”, or leave the header out.",
		RU: "Получатель должен указать число запросов в минуту, «*» или не передавать заголовок.",
	}},
	WebhookGone: {Invalid, Caller, ByConsumer, Text{
		RO: "Destinatarul a răspuns cu 410: adresa nu mai există și livrarea s-a oprit.",
		EN: "The receiver answered 410: the address is retired, and delivery has ended.",
		RU: "Получатель ответил 410: адрес больше не существует, доставка прекращена.",
	}, Text{
		RO: "Aplicați abonamentul cu noua adresă; evenimentele neconfirmate se păstrează până atunci.",
		EN: "Apply the subscription with the new address; events that are not acknowledged wait until then.",
		RU: "Примените подписку с новым адресом; неподтверждённые события до этого сохраняются.",
	}},
	WebhookSecret: {Invalid, Caller, ByOperator, Text{
		RO: "Secretul {name} pentru {host} nu poate fi citit.",
		EN: "The secret {name} for {host} cannot be read.",
		RU: "Секрет {name} для {host} не удаётся прочитать.",
	}, Text{
		RO: "Puneți tokenul în directorul de secrete, la fiecare nod, în directorul numit după gazdă.",
		EN: "Put the token into the secrets folder of every node, in the folder named after the host.",
		RU: "Поместите токен в каталог секретов каждого узла, в подкаталог с именем хоста.",
	}},
	WebhookSigning: {Unavailable, Platform, ByOperator, Text{
		RO: "Cheia platformei nu poate semna evenimente.",
		EN: "The platform's key cannot sign events.",
		RU: "Ключ платформы не может подписывать события.",
	}, Text{
		RO: "Dați platformei un certificat cu cheie P-256.",
		EN: "Give the platform a certificate with a key on P-256.",
		RU: "Установите платформе сертификат с ключом P-256.",
	}},
	WebhookAddress: {Invalid, Caller, ByOperator, Text{
		RO: "Adresa webhookului nu poate fi folosită: {what}.",
		EN: "The address of the webhook cannot be used: {what}.",
		RU: "Адрес вебхука нельзя использовать: {what}.",
	}, amend},
	WebhookNetworks: {Invalid, Caller, ByOperator, Text{
		RO: "Sistemul {system} nu are rețele înregistrate, deci nicio conexiune nu poate pleca spre webhook.",
		EN: "The system {system} has no registered networks, so no connection can leave for the webhook.",
		RU: "У системы {system} нет зарегистрированных сетей, поэтому соединиться с вебхуком нельзя.",
	}, Text{
		RO: "Indicați la sistem, în networks, rețeaua în care se află destinatarul.",
		EN: "State under networks of the system the network in which the receiver is.",
		RU: "Укажите в networks системы сеть, в которой находится получатель.",
	}},
	WebhookBusy: {Throttled, Caller, ByNobodyWait, Text{
		RO: "Un test al acestui webhook este deja în curs.",
		EN: "A test of this webhook is running already.",
		RU: "Проверка этого вебхука уже выполняется.",
	}, Text{
		RO: "Așteptați rezultatul lui și repetați.",
		EN: "Wait for its result, and repeat.",
		RU: "Дождитесь её результата и повторите.",
	}},
	WebhookUnknown: {NotFound, Caller, ByOperator, Text{
		RO: "Grupul {group} al sistemului {system} nu are un abonament cu livrare prin webhook.",
		EN: "The group {group} of the system {system} has no subscription that is delivered by webhook.",
		RU: "У группы {group} системы {system} нет подписки с доставкой через вебхук.",
	}, Text{
		RO: "Verificați sistemul și grupul cu comanda events lag.",
		EN: "Check system and group with the command events lag.",
		RU: "Проверьте систему и группу командой events lag.",
	}},
}
