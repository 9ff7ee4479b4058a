package text

import (
	"mconnect"
	"mconnect/internal/civil"
)

// Legal acts.
var (
	Acts      = say("Acte normative", "Legal acts", "Нормативные акты")
	ActsTitle = say("Actele pe care se întemeiază acordurile", "The acts that agreements rest on",
		"Акты, на которых основаны соглашения")
	ActsLead = say(
		"Fiecare act cu redacțiile și articolele lui, și scopurile care se întemeiază pe ele.",
		"Each act with its versions and articles, and the purposes that rest on them.",
		"Каждый акт с его редакциями и статьями, и цели, которые на них основаны.")
	SearchActs        = say("Caută un act", "Search for an act", "Найти акт")
	SearchActsExample = say("133/2008, ajutor social", "133/2008, social aid", "133/2008, социальная помощь")
	AllActs           = say("Toate actele", "All acts", "Все акты")
	NoActs            = say("Registrul nu conține niciun act.", "The register holds no act.", "В реестре нет актов.")
	ActCount          = plural([3]string{"{n} act", "{n} acte", "{n} de acte"},
		[2]string{"{n} act", "{n} acts"}, [3]string{"{n} акт", "{n} акта", "{n} актов"})
	Act             = say("Act", "Act", "Акт")
	ActTitle        = say("Denumire", "Title", "Название")
	ActAdopted      = say("Adoptat", "Adopted", "Принят")
	ActPublished    = say("Textul publicat", "Published text", "Опубликованный текст")
	ActVersions     = say("Redacții", "Versions", "Редакции")
	ActArticle      = say("Articol", "Article", "Статья")
	ActHeading      = say("Denumirea articolului", "Heading", "Название статьи")
	ActNoText       = say("Registrul nu păstrează textul legii, ci amprenta lui.", "The register keeps no text of the law, but its digest.", "Реестр хранит не текст закона, а его отпечаток.")
	ActDigest       = say("Amprenta textului, SHA-256", "Digest of the text, SHA-256", "Отпечаток текста, SHA-256")
	ActChanges      = say("Ce a schimbat această redacție", "What this version changed", "Что изменила эта редакция")
	ActUses         = say("Scopuri care se întemeiază pe acest act", "Purposes that rest on this act", "Цели, основанные на этом акте")
	ActUnused       = say("Niciun acord nu se întemeiază pe acest act.", "No agreement rests on this act.", "Ни одно соглашение не основано на этом акте.")
	ActUsesMore     = say("Sunt afișate primele 100.", "The first 100 are shown.", "Показаны первые 100.")
	ActTextModified = say("Textul s-a modificat de la redacția citată.", "The text has changed since the cited version.", "Текст изменён по сравнению с указанной редакцией.")
	ActPlaceUnknown = say("Nu este în registru.", "Not in the register.", "Нет в реестре.")
	ActPlaceInForce = say("În vigoare.", "In force.", "Действует.")
	ActPlaceComing  = say("Încă nu este în vigoare.", "Not in force yet.", "Ещё не действует.")
	ActPlaceEnded   = say("Nu mai este în vigoare.", "No longer in force.", "Больше не действует.")

	actKinds = map[string]mconnect.Text{
		"constitution":        say("Constituție", "Constitution", "Конституция"),
		"code":                say("Cod", "Code", "Кодекс"),
		"law":                 say("Lege", "Law", "Закон"),
		"government_decision": say("Hotărâre a Guvernului", "Government decision", "Постановление Правительства"),
		"order":               say("Ordin", "Order", "Приказ"),
		"decision":            say("Decizie", "Decision", "Решение"),
		"treaty":              say("Tratat", "Treaty", "Договор"),
		"regulation":          say("Regulament", "Regulation", "Регламент"),
	}
	actChanges = map[string]mconnect.Text{
		"changed": say("modificat", "changed", "изменена"),
		"removed": say("exclus", "removed", "исключена"),
		"added":   say("introdus", "added", "введена"),
	}
)

// ActKind names a kind of act.
func ActKind(kind string) mconnect.Text { return actKinds[kind] }

// ActChange names what a version did to an article.
func ActChange(kind string) mconnect.Text { return actChanges[kind] }

// OnDay is a civil day, "2026-11-27", as the languages write it.
func OnDay(day string) mconnect.Text {
	from, _, err := civil.Day(day)
	if err != nil {
		return Plain(day)
	}
	return OnDate(from)
}

// ActInForce says since when a version is in force, and until when; to may be "".
func ActInForce(from, to string) mconnect.Text {
	if to != "" {
		return with(say("În vigoare din {1} până la {2}.", "In force from {1} until {2}.", "Действует с {1} по {2}."),
			OnDay(from), OnDay(to))
	}
	return with(say("În vigoare din {1}.", "In force since {1}.", "Действует с {1}."), OnDay(from))
}

// ActComing says when an act, or a version, comes into force.
func ActComing(from string) mconnect.Text {
	return with(say("Intră în vigoare la {1}.", "Comes into force on {1}.", "Вступит в силу {1}."), OnDay(from))
}

// ActRepealed says when an act ended; to is its last day.
func ActRepealed(to string) mconnect.Text {
	return with(say("Abrogat: ultima zi în vigoare a fost {1}.", "Repealed: its last day in force was {1}.",
		"Утратил силу: последний день действия был {1}."), OnDay(to))
}

// ActWas says from when until when a former version was in force.
func ActWas(from, to string) mconnect.Text {
	return with(say("A fost în vigoare din {1} până la {2}.", "Was in force from {1} until {2}.",
		"Действовала с {1} по {2}."), OnDay(from), OnDay(to))
}

// ActVersionOf names a version by its first day.
func ActVersionOf(from string) mconnect.Text {
	return with(say("Redacția din {1}", "Version of {1}", "Редакция от {1}"), OnDay(from))
}
