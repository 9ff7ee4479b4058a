package manifest

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
)

// flagged gives the agreements of a set the suspensions, and the consent to end them, that they have in the store, and
// reports those that state others: each side sets and lifts its own, and no manifest does. An agreement that was
// deleted keeps them for the day on which it is declared again. Items are replaced, never changed.
func (k *Keeper) flagged(ctx context.Context, o Order, set Set) (Set, fault.Findings, error) {
	set = slices.Clone(set)
	var found fault.Findings
	for i, item := range set {
		stated, ok := item.value.(*agreementDocument)
		if !ok {
			continue
		}
		was, err := k.flags(ctx, item.ID)
		if err == nil && o.Flags == item.ID {
			if was, err = o.Flag(was); err == nil {
				set[i], err = item.as(was)
			}
			if err == nil {
				continue
			}
		}
		if err != nil {
			return nil, nil, err
		}
		next := stated.Agreement
		same := reflect.DeepEqual(next.Suspensions, was.Suspensions)
		switch {
		case same && reflect.DeepEqual(next.Ending, was.Ending):
			continue
		case len(next.Suspensions) > 0 && !same:
			found.Add(item.Place("/suspensions"), fault.FormNotAuthorisedOption)
			continue
		case next.Ending != nil && !reflect.DeepEqual(next.Ending, was.Ending):
			found.Add(item.Place("/ending"), fault.FormNotAuthorisedOption)
			continue
		}
		next.Suspensions, next.Ending = was.Suspensions, was.Ending
		if set[i], err = item.as(next); err != nil {
			return nil, nil, err
		}
	}
	return set, found, nil
}

// as is the item with another agreement in it.
func (i Item) as(a agreement.Agreement) (Item, error) {
	var err error
	i.value = &agreementDocument{a}
	i.Doc, err = json.Marshal(a)
	return i, err
}

// flags is an agreement as it is stored, with its suspensions; the zero one where it never was.
func (k *Keeper) flags(ctx context.Context, id string) (agreement.Agreement, error) {
	if c, ok := k.Rooms.Agreements.Get(mconnect.AgreementID(id)); ok {
		return c.Stated(), nil
	}
	newest, err := k.Store.Newest(ctx, Agreement, id)
	if err != nil {
		if fault.From(err).Code == fault.ResourceUnknown {
			err = nil
		}
		return agreement.Agreement{}, err
	}
	history, err := k.Store.History(ctx, Agreement, newest.ID)
	if err != nil {
		return agreement.Agreement{}, err
	}
	for _, r := range slices.Backward(history) {
		if r.Deleted {
			continue
		}
		if was, err := decode(r.Kind, r.Doc); err == nil {
			if a, ok := was.(*agreementDocument); ok {
				return a.Agreement, nil
			}
		}
	}
	return agreement.Agreement{}, nil
}
