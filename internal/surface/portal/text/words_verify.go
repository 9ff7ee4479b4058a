package text

import (
	"time"

	"mconnect"
)

// The check of a document.
var (
	FootNavigation = say("Subsol", "Footer", "Нижняя навигация")

	VerifyTitle = say("Verifică un document", "Verify a document", "Проверить документ")
	VerifyLead  = say("Fiecare decizie, raport de testare și acord are un cod. Codul spune dacă documentul este al platformei.",
		"Each decision, test report and agreement has a code. The code shows whether the document is the platform's.",
		"У каждого решения, протокола тестов и соглашения есть код. Код показывает, выдан ли документ платформой.")
	VerificationCode     = say("Codul de verificare", "Verification code", "Код проверки")
	VerificationCodeHint = say("20 de litere și cifre, în grupuri de câte cinci", "20 letters and digits, in groups of five",
		"20 букв и цифр, группами по пять")
	Verify             = say("Verifică", "Verify", "Проверить")
	NoSuchDocument     = say("Niciun document nu are acest cod.", "No document has this code.", "Документа с таким кодом нет.")
	NoSuchDocumentHelp = say(
		"Verificați literele: codul nu are cifrele 0, 1, 8 și 9. Dacă ați scris bine, documentul nu este al platformei.",
		"Check the letters: a code has no digits 0, 1, 8 and 9. If it is right, the document is not the platform's.",
		"Проверьте буквы: в коде нет цифр 0, 1, 8 и 9. Если всё верно, документ выдан не платформой.")
	DocumentDamaged = say("Conținutul păstrat nu are amprenta documentului. Anunțați operatorul platformei.",
		"The stored content does not have the digest of the document. Inform the operator of the platform.",
		"Сохранённое содержимое не соответствует отпечатку документа. Сообщите оператору платформы.")
	FileIsTheDocument = say("Fișierul este acest document, neschimbat.", "The file is this document, unchanged.",
		"Файл является этим документом без изменений.")
	FileIsAnother = say("Fișierul nu este acest document, sau a fost schimbat.",
		"The file is not this document, or it was changed.", "Файл не является этим документом или был изменён.")
	OfRequest        = say("Cererea de acces", "Access request", "Заявка на доступ")
	DownloadDocument = say("Descarcă documentul în JSON", "Download the document as JSON", "Скачать документ в JSON")
	CompareFile      = say("Comparați fișierul dumneavoastră", "Compare your file", "Сравните ваш файл")
	CompareFileHint  = say("Documentul în JSON, JWS sau PDF, cel mult 10 MB; fișierul nu se păstrează.",
		"The document as JSON, JWS or PDF, at most 10 MB; the file is not kept.",
		"Документ в JSON, JWS или PDF, не более 10 МБ; файл не сохраняется.")
	Compare = say("Compară", "Compare", "Сравнить")
)

// DocumentIssued says that a document is genuine.
func DocumentIssued(at time.Time) mconnect.Text {
	return with(say("Document autentic, emis de platformă la {1}.", "Genuine document, issued by the platform on {1}.",
		"Подлинный документ, выдан платформой {1}."), OnDate(at))
}
