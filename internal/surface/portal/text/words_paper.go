package text

import "mconnect"

// A document on paper.
var (
	DownloadPaper = say("Descarcă documentul în PDF", "Download the document as PDF", "Скачать документ в PDF")

	DownloadSignature = say("Descarcă documentul semnat de platformă (JWS)", "Download the document signed by the platform (JWS)",
		"Скачать документ, подписанный платформой (JWS)")

	PaperLead = say("Document emis de platforma de interoperabilitate MConnect.",
		"Document issued by the interoperability platform MConnect.",
		"Документ выдан платформой интероперабельности MConnect.")
	PaperNumber    = say("Număr", "Number", "Номер")
	PaperWhere     = say("Adresa de verificare", "Where to verify", "Адрес проверки")
	PaperDate      = say("Data și ora emiterii", "Date and time of issue", "Дата и время выдачи")
	PaperAsks      = say("Obiectul cererii", "What is asked for", "Предмет заявки")
	PaperConsumer  = say("Consumator de date", "Data consumer", "Потребитель данных")
	PaperProvider  = say("Furnizor de date", "Data provider", "Поставщик данных")
	PaperService   = say("Serviciul", "Service", "Услуга")
	PaperAgreement = say("Numărul acordului", "Number of the agreement", "Номер соглашения")
	PaperVersion   = say("Versiunea semnată a cererii", "Signed version of the request", "Подписанная версия заявки")
	PaperDigest    = say("Amprenta SHA-256 a versiunii", "SHA-256 digest of the version", "Отпечаток SHA-256 версии")

	PaperDecision   = say("Decizia pe scopuri și câmpuri", "Decision by purposes and fields", "Решение по целям и полям")
	PaperField      = say("Câmpul", "Field", "Поле")
	PaperOutcome    = say("Decizia", "Decision", "Решение")
	PaperReason     = say("Motivul", "Reason", "Причина")
	PaperGranted    = say("acordat", "granted", "предоставлено")
	PaperDenied     = say("refuzat", "refused", "отказано")
	PaperConditions = say("Condiții", "Conditions", "Условия")
	PaperChecks     = say("Verificările operatorului", "Checks of the operator", "Проверки оператора")
	PaperCheck      = say("Verificarea", "Check", "Проверка")
	PaperFulfilled  = say("îndeplinită", "fulfilled", "выполнена")
	PaperNot        = say("neîndeplinită", "not fulfilled", "не выполнена")
	PaperResult     = say("Rezultatul", "Result", "Результат")
	PaperNote       = say("Observații", "Remarks", "Замечания")

	PaperGrounds = say("Motivarea refuzului", "Reasons of the refusal", "Обоснование отказа")
	PaperFacts   = say("Circumstanțele de fapt", "Facts", "Фактические обстоятельства")
	PaperLaw     = say("Temeiul de drept", "Law", "Правовое основание")
	PaperRemedy  = say("Ce înlătură obstacolul", "What removes the obstacle", "Что устранит препятствие")
	PaperAppeal  = say("Calea de atac", "How to appeal", "Порядок обжалования")

	PaperTests       = say("Testele", "Tests", "Тесты")
	PaperTest        = say("Testul", "Test", "Тест")
	PaperPassed      = say("trecut", "passed", "пройден")
	PaperFailed      = say("netrecut", "failed", "не пройден")
	PaperAllGreen    = say("Toate testele au trecut.", "All tests passed.", "Все тесты пройдены.")
	PaperNotGreen    = say("Nu toate testele au trecut.", "Not all tests passed.", "Не все тесты пройдены.")
	PaperCertificate = say("Sistemul consumatorului are un certificat valabil.", "The consumer's system has a valid certificate.",
		"У системы потребителя есть действительный сертификат.")
	PaperNoCertificate = say("Sistemul consumatorului nu are un certificat valabil.",
		"The consumer's system has no valid certificate.", "У системы потребителя нет действительного сертификата.")

	PaperVerify    = say("Verificarea documentului", "Verification of the document", "Проверка документа")
	PaperVerifyHow = say(
		"Introduceți codul de verificare pe pagina /verify a portalului. De acolo se descarcă documentul cu semnătura electronică a platformei (JWS). Conținutul semnat, în JSON, are amprenta SHA-256:",
		"Enter the verification code on the page /verify of the portal. The document with the platform's electronic signature (JWS) is downloaded there. The signed content, in JSON, has the SHA-256 digest:",
		"Введите код проверки на странице /verify портала. Там скачивается документ с электронной подписью платформы (JWS). Подписанное содержание в JSON имеет отпечаток SHA-256:")
)

// PaperPurpose heads the decision on one purpose.
func PaperPurpose(code string, outcome mconnect.Text) mconnect.Text {
	return with(say("Scopul {1}: {2}", "Purpose {1}: {2}", "Цель {1}: {2}"), Plain(code), outcome)
}
