package text

import "mconnect"

// Review of a request: the data protection opinion, the signature, the check list and the decisions.
var (
	ProtectTitle = say("Avizul privind protecția datelor", "Data protection opinion", "Заключение о защите данных")
	ProtectLead  = say("Judecați scopurile, câmpurile și măsurile așa cum sunt scrise acum. Redactorul le poate schimba numai după ce cererea se întoarce la el.",
		"Judge the purposes, fields and measures as they are written now. The editor can change them only after the request returns.",
		"Оцените цели, поля и меры в их нынешнем виде. Редактор сможет изменить их только после возврата заявки.")
	Opinion       = say("Avizul", "Opinion", "Заключение")
	OpinionYes    = say("Aviz pozitiv: cererea merge la semnare", "Approved: the request goes for signature", "Положительное: заявка идёт на подпись")
	OpinionNo     = say("Se întoarce la redactor, cu observații", "It returns to the editor, with remarks", "Возвращается редактору с замечаниями")
	Remarks       = say("Observații", "Remarks", "Замечания")
	RemarksHint   = say("Obligatorii când cererea se întoarce.", "Needed when the request returns.", "Обязательны при возврате.")
	GiveOpinion   = say("Dă avizul", "Give the opinion", "Дать заключение")
	AskedFor      = say("Ce se cere", "What is asked for", "Что запрашивается")
	OpinionBefore = say("Avizul anterior", "Former opinion", "Прежнее заключение")
	OpinionChoose = say("Alegeți avizul.", "Choose the opinion.", "Выберите заключение.")

	SignTitle = say("Semnarea cererii", "Signature of the request", "Подписание заявки")
	SignLead  = say("Semnați exact conținutul de mai jos. După semnare cererea este depusă și curge termenul de 30 de zile.",
		"You sign exactly the content below. With the signature the request is filed and the period of 30 days begins.",
		"Вы подписываете именно содержание ниже. С подписью заявка подаётся и начинается срок в 30 дней.")
	Digest        = say("Amprenta conținutului (SHA-256)", "Digest of the content (SHA-256)", "Отпечаток содержания (SHA-256)")
	FrozenAt      = say("Înghețată la", "Frozen at", "Зафиксирована")
	TheContent    = say("Conținutul", "Content", "Содержание")
	DownloadJSON  = say("Descarcă conținutul de semnat (JSON)", "Download the content to sign (JSON)", "Скачать подписываемое содержание (JSON)")
	UploadJWS     = say("Semnătura făcută în altă parte (JWS)", "Signature made elsewhere (JWS)", "Подпись, сделанная в другом месте (JWS)")
	UploadJWSHint = say("JWS compact cu certificatul în antet (x5c), ES256 sau RS256, peste conținutul descărcat.",
		"Compact JWS with the certificate in its header (x5c), ES256 or RS256, over the downloaded content.",
		"Компактный JWS с сертификатом в заголовке (x5c), ES256 или RS256, над скачанным содержанием.")
	HandInSignature = say("Depune semnătura și cererea", "Hand in the signature and the request", "Подать подпись и заявку")
	TestSignature   = say("Semnătură de probă", "Test signature", "Пробная подпись")
	TestSignHow     = say("Mediul demonstrativ semnează pentru dumneavoastră cu un certificat de probă.",
		"The demonstration signs for you with a test certificate.",
		"Демонстрационная среда подписывает за вас тестовым сертификатом.")
	SignWithTest = say("Semnează cu certificatul de probă", "Sign with the test certificate", "Подписать тестовым сертификатом")
	DeclineHow   = say("Cererea se întoarce la redactor, cu motivul.", "The request returns to the editor, with the reason.",
		"Заявка возвращается редактору с указанием причины.")

	ReviewTitle  = say("Examinarea cererii", "Review of the request", "Рассмотрение заявки")
	CheckList    = say("Lista de verificare", "Check list", "Контрольный список")
	CheckListLaw = say("Legea nr. 142/2018, art. 6 alin. (11). Un punct care nu este în ordine cere modificări sau refuz.",
		"Law 142/2018, art. 6(11). A point that is not in order leads to changes or to a refusal.",
		"Закон № 142/2018, ст. 6 ч. (11). Пункт не в порядке ведёт к изменениям или отказу.")
	InOrder       = say("În ordine", "In order", "В порядке")
	NotInOrder    = say("Nu", "No", "Нет")
	NoteOn        = say("Observație", "Remark", "Замечание")
	CompleteCheck = say("Verificarea este completă", "The check is complete", "Проверка завершена")
	CheckOf       = say("Verificarea operatorului", "Check by the operator", "Проверка оператора")

	FieldByField   = say("Câmp cu câmp", "Field by field", "Поле за полем")
	FieldByFieldIs = say("Un refuz cere un temei pe care îl citește solicitantul. Ce nu are răspuns nu se poate decide.",
		"A refused field needs a ground that the applicant reads. What is left open cannot be decided.",
		"Отказ по полю требует основания, которое читает заявитель. Оставленное без ответа решить нельзя.")
	Grant          = say("Acord", "Grant", "Предоставить")
	Deny           = say("Refuz", "Refuse", "Отказать")
	GrantRest      = say("Acordă tot ce a rămas", "Grant all that is left", "Предоставить всё оставшееся")
	WholePurpose   = say("Scopul întreg", "The whole purpose", "Вся цель")
	WhyAsked       = say("Motivarea solicitantului", "The applicant's reason", "Обоснование заявителя")
	RefusedBecause = say("Temeiul refuzului, pentru solicitant", "Ground of the refusal, for the applicant", "Основание отказа для заявителя")
	InWords        = say("În cuvinte", "In words", "Словами")
	ConditionsHint = say("Câte una pe rând. Solicitantul le citește în decizie.", "One a line. The applicant reads them in the decision.",
		"По одному в строке. Заявитель читает их в решении.")
	IssueDecision = say("Emite decizia", "Issue the decision", "Вынести решение")

	AskChanges    = say("Cere modificări", "Ask for changes", "Запросить изменения")
	AskChangesHow = say("Legați fiecare punct de întrebarea la care se referă. Termenul legal continuă să curgă.",
		"Tie each point to the question that it is about. The legal period goes on.",
		"Свяжите каждый пункт с вопросом. Законный срок продолжает течь.")
	PointAt      = say("La întrebarea", "At the question", "К вопросу")
	PointText    = say("Ce este de schimbat", "What is to be changed", "Что изменить")
	MessageToAll = say("Mesajul către solicitant", "Message to the applicant", "Сообщение заявителю")
	ReadyText    = say("Text-tip", "Ready text", "Готовый текст")
	UseText      = say("Pune textul", "Use the text", "Вставить текст")
	SendBack     = say("Trimite înapoi cu aceste puncte", "Return with these points", "Вернуть с этими пунктами")
	RefuseTitle  = say("Refuză cererea", "Refuse the request", "Отклонить заявку")
	RefuseHow    = say("Refuzul se motivează: fapte, normă, ce ar înlătura obstacolul. Un refuz neîntemeiat se sancționează (Codul contravențional, art. 250¹).",
		"A refusal states its reasons: facts, law, what would remove the obstacle. An unjustified one is fined (Contravention Code, art. 250¹).",
		"Отказ мотивируется: факты, норма, что устранит препятствие. Необоснованный отказ наказывается (Кодекс о правонарушениях, ст. 250¹).")
	IssueRefusal = say("Emite refuzul", "Issue the refusal", "Вынести отказ")
	ApproveTitle = say("Decizia de conectare", "Connection Decision", "Решение о подключении")
	ApproveHow   = say("Acordul se face din decizia furnizorului: numai câmpurile acordate, întâi numai pentru teste.",
		"The agreement is made of the provider's decision: only the granted fields, at first for tests only.",
		"Соглашение создаётся из решения поставщика: только предоставленные поля, сначала только для тестов.")
	IssueConnection = say("Emite Decizia de conectare", "Issue the Connection Decision", "Вынести Решение о подключении")
	NothingToReview = say("Acum nu este nimic de examinat aici.", "There is nothing to review here now.", "Сейчас здесь нечего рассматривать.")
)

// CheckName names a line of the check list.
func CheckName(id string) mconnect.Text {
	switch id {
	case "law":
		return say("Actul este în vigoare și acoperă sarcina solicitantului", "The act is in force and covers the applicant's task",
			"Акт действует и охватывает задачу заявителя")
	case "need":
		return say("Fiecare câmp are un motiv", "Each field has a reason", "У каждого поля есть обоснование")
	case "class":
		return say("Clasa datelor se potrivește temeiului", "The class of the data fits the basis", "Класс данных соответствует основанию")
	case "dpia":
		return say("Evaluarea de impact este făcută sau nu este necesară", "The impact assessment is done or not needed",
			"Оценка воздействия проведена или не нужна")
	case "rsi":
		return say("Sistemul este în registrul sistemelor", "The system is in the register of systems", "Система есть в реестре систем")
	case "contacts":
		return say("Contactele sunt verificate", "The contacts are verified", "Контакты проверены")
	case "duplicates":
		return say("Nu există alt acord la fel", "There is no such agreement yet", "Такого соглашения ещё нет")
	}
	return Plain(id)
}

// Ready is a text that a reviewer can begin with.
type Ready struct {
	ID    string
	Title mconnect.Text
	Text  mconnect.Text
}

// ReadyReturns are the ready texts of a return, ReadyRefusals those of a refusal: the facts.
func ReadyReturns() []Ready {
	return []Ready{
		{"excess", say("Câmpuri în exces", "More fields than needed", "Лишние поля"), say(
			"Unele câmpuri nu sunt necesare pentru scopul declarat. Vă rugăm să le scoateți sau să arătați ce decizie depinde de ele.",
			"Some fields are not needed for the stated purpose. Please remove them or state which decision depends on them.",
			"Некоторые поля не нужны для заявленной цели. Уберите их или укажите, какое решение от них зависит.")},
		{"basis", say("Temei neclar", "Unclear basis", "Неясное основание"), say(
			"Articolul indicat nu acoperă scopul. Vă rugăm să indicați articolul, alineatul și litera pe care se sprijină.",
			"The article stated does not cover the purpose. Please state the article, paragraph and letter that it rests on.",
			"Указанная статья не охватывает цель. Укажите статью, часть и букву, на которых она основана.")},
		{"reason", say("Forma motivului", "Form of the reason", "Форма причины"), say(
			"Vă rugăm să dați o formă a motivului, ca fiecare apel să poată fi legat de un dosar.",
			"Please give the reason a form, so that each call can be tied to a case.",
			"Задайте форму причины, чтобы каждое обращение можно было связать с делом.")},
	}
}

// ReadyRefusals are the ready texts of a refusal.
func ReadyRefusals() []Ready {
	return []Ready{
		{"mandate", say("În afara atribuțiilor", "Outside the mandate", "Вне полномочий"), say(
			"Actul invocat nu dă solicitantului atribuția pentru care cere datele.",
			"The act invoked does not give the applicant the task for which the data are asked.",
			"Указанный акт не возлагает на заявителя задачу, для которой запрашиваются данные.")},
		{"dpia", say("Lipsește evaluarea de impact", "Impact assessment missing", "Нет оценки воздействия"), say(
			"Prelucrarea îndeplinește cel puțin două criterii, iar evaluarea de impact nu a fost prezentată.",
			"The processing meets at least two criteria, and no impact assessment was presented.",
			"Обработка отвечает не менее чем двум критериям, а оценка воздействия не представлена.")},
		{"service", say("Alt serviciu", "Another service", "Другая услуга"), say(
			"Scopul se atinge cu un serviciu care dă mai puține date.",
			"The purpose is reached by a service that gives fewer data.",
			"Цель достигается услугой, которая предоставляет меньше данных.")},
	}
}

// ReadyConditions are the ready texts of conditions of a grant.
func ReadyConditions() []Ready {
	return []Ready{
		{"locality", say("Numai localitatea", "Locality only", "Только населённый пункт"), say(
			"Domiciliul se folosește numai pentru a stabili localitatea.",
			"The address is used only to establish the locality.",
			"Адрес используется только для определения населённого пункта.")},
		{"review", say("Revizuire anuală", "Yearly review", "Ежегодный пересмотр"), say(
			"Solicitantul prezintă anual câte apeluri a făcut și în câte dosare.",
			"The applicant reports each year how many calls it made, in how many cases.",
			"Заявитель ежегодно сообщает, сколько обращений сделано и по скольким делам.")},
		{"officials", say("Funcționari numiți", "Named officials", "Назначенные служащие"), say(
			"Apelează numai funcționarii numiți prin ordin.", "Only officials appointed by an order call.",
			"Обращаются только служащие, назначенные приказом.")},
	}
}
