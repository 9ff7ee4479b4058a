package text

import (
	"time"

	"mconnect"
)

// Suspensions and the end of agreements.
var (
	FlagsTitle = say("Suspendări", "Suspensions", "Приостановления")
	NoFlags    = say("Nicio parte nu a suspendat acordul.", "No side has suspended the agreement.",
		"Ни одна сторона не приостановила соглашение.")
	SuspendTitle = say("Suspendați acordul", "Suspend the agreement", "Приостановить соглашение")
	SuspendHow   = say("Apelurile sunt refuzate imediat. Suspendarea o ridică numai partea care a instituit-o.",
		"Calls are refused at once. Only the side that suspends lifts the suspension.",
		"Вызовы отклоняются сразу. Снять приостановление может только сторона, которая его ввела.")
	ForSide    = say("În numele părții", "For the side", "От имени стороны")
	SuspendWhy = say("Temeiul suspendării", "Ground of the suspension", "Основание приостановления")
	SuspendLaw = say("Legea nr. 142/2018, art. 7 alin. (2) lit. f)", "Law 142/2018, art. 7 (2) f", "Закон № 142/2018, ст. 7 ч. (2) п. f)")
	FlagFacts  = say("Faptele", "Facts", "Факты")
	FactsHint  = say("Între 10 și 1000 de caractere. Le citește cealaltă parte. Fără date personale.",
		"Between 10 and 1000 characters. The other side reads them. No personal data.",
		"От 10 до 1000 знаков. Их читает другая сторона. Без персональных данных.")
	LastDayOf   = say("Ultima zi a suspendării", "Last day of the suspension", "Последний день приостановления")
	LastDayHint = say("Lăsați gol pentru o suspendare până la ridicare.", "Leave it empty to suspend until it is lifted.",
		"Оставьте пустым, чтобы приостановить до снятия.")
	Suspend  = say("Suspendă", "Suspend", "Приостановить")
	LiftIt   = say("Ridică suspendarea", "Lift the suspension", "Снять приостановление")
	EndTitle = say("Încetați acordul", "Terminate the agreement", "Прекратить соглашение")
	EndHow   = say("Două persoane încetează un acord: prima arată motivul, a doua confirmă.",
		"Two persons terminate an agreement: the first states the reason, the second confirms.",
		"Соглашение прекращают два лица: первое указывает причину, второе подтверждает.")
	EndReason     = say("Motivul", "Reason", "Причина")
	EndFirst      = say("Propune încetarea", "Propose to terminate", "Предложить прекращение")
	EndConfirm    = say("Confirmă încetarea", "Confirm to terminate", "Подтвердить прекращение")
	ChangeTitle   = say("Modificați acordul", "Change the agreement", "Изменить соглашение")
	ChangeAmend   = say("Modifică", "Amend", "Изменить")
	ChangeRenew   = say("Prelungește", "Renew", "Продлить")
	ChangeNarrow  = say("Restrânge", "Narrow", "Сузить")
	MadeByRequest = say("Făcut prin cererea", "Made by the request", "Создано заявкой")
	OfManifest    = say("Declarat de operator", "Declared by the operator", "Объявлено оператором")
	OriginTitle   = say("Proveniența", "Origin", "Происхождение")
)

// SuspendedSince says which side suspended an agreement, since when and why, and that this side lifts it.
func SuspendedSince(side, cause mconnect.Text, since time.Time) mconnect.Text {
	return with(say("Suspendat din {3} de {1}: {2}. Urmează ca {1} să ridice suspendarea.",
		"Suspended since {3} by {1}: {2}. It is for {1} to lift the suspension.",
		"Приостановлено с {3}; приостановил {1}: {2}. Снять приостановление может {1}."), side, cause, OnDate(since))
}

// SuspendedTo says until when a suspension holds; to is the moment after its last day.
func SuspendedTo(to time.Time) mconnect.Text {
	return with(say("Încetează după {1}.", "It ends after {1}.", "Истекает после {1}."), OnDate(to.Add(-time.Nanosecond)))
}

// EndProposed says since when the termination waits for the second person.
func EndProposed(at time.Time) mconnect.Text {
	return with(say("Încetarea este propusă din {1} și așteaptă confirmarea altei persoane.",
		"Termination has been proposed since {1} and waits for another person to confirm it.",
		"Прекращение предложено {1} и ожидает подтверждения другим лицом."), OnDate(at))
}
