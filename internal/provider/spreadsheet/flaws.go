package spreadsheet

import (
	"mconnect"
	"mconnect/fault"
)

// flaw is why a file, a row or a cell cannot be taken. It holds no value of the file.
type flaw struct {
	code fault.Code
	says mconnect.Text // what was expected, or what is wrong
}

// Error implements error.
func (f *flaw) Error() string { return "sheet: " + f.says.EN }

// at is the flaw at its place in the file.
func (f *flaw) at(path string) fault.FieldError {
	name := "what"
	if f.code == fault.InputFormat {
		name = "want"
	}
	return fault.FieldError{Path: path, Code: f.code,
		Params: map[string]string{name: f.says.EN, name + ".ro": f.says.RO, name + ".ru": f.says.RU}}
}

// wrong is a flaw of what stands there; want of what does not.
func wrong(ro, en, ru string) *flaw {
	return &flaw{fault.FileFlaw, mconnect.Text{RO: ro, EN: en, RU: ru}}
}

func want(ro, en, ru string) *flaw {
	return &flaw{fault.InputFormat, mconnect.Text{RO: ro, EN: en, RU: ru}}
}

// Of the whole file.
var (
	emptyFile = wrong("fișierul este gol", "the file is empty", "файл пуст")
	noHeader  = wrong("rândul declarat al antetului lipsește", "the declared row of the header is missing",
		"объявленной строки заголовка нет")
	manyFields = wrong("mai mult de 1000 de coloane", "more than 1000 columns", "более 1000 столбцов")
	longRow    = wrong("rând de peste 1 MiB; poate lipsesc ghilimelele de închidere",
		"a row of more than 1 MiB; a closing quote may be missing",
		"строка более 1 МиБ; возможно, нет закрывающей кавычки")
	openQuote = wrong("ghilimelele nu se închid până la sfârșitul fișierului",
		"a quote does not end before the file does",
		"кавычка не закрыта до конца файла")
)

// Of rows and cells.
var (
	quoteText = wrong("după ghilimelele de închidere urmează text; în interiorul ghilimelelor ele se dublează",
		"text follows a closing quote; inside quotes they are doubled",
		"после закрывающей кавычки идёт текст; внутри кавычек их удваивают")
	surplus = wrong("o valoare stă dincolo de ultima coloană a antetului; poate separatorul stă într-un text fără ghilimele",
		"a value stands beyond the last column of the header; the delimiter may stand in a text without quotes",
		"значение стоит за последним столбцом заголовка; возможно, разделитель стоит в тексте без кавычек")
	headerTwice = wrong("antetul are această coloană de două ori", "the header has this column twice",
		"в заголовке этот столбец встречается дважды")
	control = wrong("textul conține caractere de control", "the text holds control characters",
		"текст содержит управляющие символы")
	foreign = wrong("textul conține octeți care nu aparțin codificării declarate",
		"the text holds bytes that the declared encoding does not have",
		"текст содержит байты, которых нет в объявленной кодировке")
)

// Of workbooks.
var (
	noWorkbook = wrong("nu este un registru XLSX", "it is no XLSX workbook", "это не книга XLSX")
	locked     = wrong("este un fișier XLS vechi sau protejat cu parolă; salvați-l ca XLSX fără parolă",
		"it is an old XLS file or protected by a password; save it as XLSX without a password",
		"это старый файл XLS или файл, защищённый паролем; сохраните его как XLSX без пароля")
	damaged = wrong("o parte a registrului nu poate fi dezarhivată; salvați-l din nou",
		"a part of the workbook cannot be unpacked; save it anew",
		"часть книги не распаковывается; сохраните её заново")
	partLarge = wrong("o parte a registrului este prea mare", "a part of the workbook is too large",
		"часть книги слишком велика")
	notXML = wrong("o parte a registrului nu este XML bine format", "a part of the workbook is not well-formed XML",
		"часть книги не является правильным XML")
	hasDoctype = wrong("o parte a registrului conține o declarație DOCTYPE",
		"a part of the workbook has a document type", "часть книги содержит объявление DOCTYPE")
	partDeep = wrong("o parte a registrului este imbricată prea adânc", "a part of the workbook is nested too deep",
		"часть книги вложена слишком глубоко")
	partCut = wrong("o parte a registrului se termină prea devreme", "a part of the workbook ends too early",
		"часть книги обрывается")
	noSheet = wrong("registrul nu are o astfel de foaie", "the workbook has no such sheet",
		"в книге нет такого листа")
	manyTexts = wrong("textele registrului ocupă prea mult; salvați-l ca CSV",
		"the texts of the workbook are too large; save it as CSV",
		"тексты книги занимают слишком много места; сохраните её как CSV")
	longCell  = wrong("o celulă de peste 1 MiB", "a cell of more than 1 MiB", "ячейка более 1 МиБ")
	errorCell = wrong("celula conține o eroare de calcul, precum #N/A",
		"the cell holds an error of calculation, such as #N/A",
		"ячейка содержит ошибку вычисления, например #N/A")
	lostText = wrong("celula trimite la un text care lipsește", "the cell refers to a text that is missing",
		"ячейка ссылается на отсутствующий текст")
	unsolved = wrong("formula nu are valoare salvată; deschideți fișierul în Excel sau Calc și salvați-l",
		"the formula has no saved value; open the file in Excel or Calc and save it",
		"у формулы нет сохранённого значения; откройте файл в Excel или Calc и сохраните его")
	merged = wrong("celulele sunt îmbinate; desfaceți îmbinarea și completați fiecare rând",
		"the cells are merged; unmerge them and fill in each row",
		"ячейки объединены; отмените объединение и заполните каждую строку")
	manyDigits = wrong("numărul are peste 15 cifre, iar foaia de calcul le păstrează exact doar pe primele 15; introduceți-l ca text",
		"the number has more than 15 digits, of which a spreadsheet keeps 15; enter it as text",
		"в числе более 15 цифр, а таблица точно хранит лишь первые 15; введите его как текст")
	shownOtherwise = wrong("formatul celulei arată altceva decât numărul salvat; introduceți valoarea ca text",
		"the format of the cell shows something else than the saved number; enter the value as text",
		"формат ячейки показывает не то, что сохранено; введите значение как текст")
	dateForNumber = wrong("celula este o dată, iar coloana conține numere",
		"the cell is a date and the column holds numbers",
		"в ячейке дата, а столбец содержит числа")
	numberForDate = wrong("celula este un număr fără format de dată", "the cell is a number without a date format",
		"в ячейке число без формата даты")
)

// Of values.
var (
	wantNumber  = want("un număr precum 1234.50", "a number such as 1234.50", "число вида 1234.50")
	wantComma   = want("un număr precum 1 234,50", "a number such as 1 234,50", "число вида 1 234,50")
	wantBoolean = want("da, nu, true, false, 1, 0", "da, nu, true, false, 1, 0", "да, нет, true, false, 1, 0")
	wantText    = want("text lizibil", "readable text", "читаемый текст")
)

// wantFormat is a value in that form: letters of a pattern, which all languages share.
func wantFormat(form string) *flaw { return want(form, form, form) }
