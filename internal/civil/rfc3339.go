package civil

import (
	"errors"
	"time"
)

// maxFraction is how many digits of a second a time keeps; more are refused, not dropped.
const maxFraction = 9

var errForm = errors.New("no date-time of RFC 3339")

// IsInstant reports a date-time of RFC 3339, section 5.6, read exactly. It is plain when T and Z are capital and it
// names no leap second: the form that XML Schema has in common with RFC 3339.
func IsInstant(t []byte) (ok, plain bool) {
	p, ok := scan(t)
	return ok, ok && p.plain
}

// ParseInstant reads a date-time of RFC 3339, section 5.6, from the year 1 on. Go's own reader takes a comma for a
// point, hours of one digit and offsets of a day and more, and so silently another time than was meant. A leap second,
// which only ends a day in UTC, is the second that follows it.
func ParseInstant(t []byte) (time.Time, error) {
	p, ok := scan(t)
	if !ok {
		return time.Time{}, errForm
	}
	zone := time.UTC
	if p.offset != 0 {
		zone = time.FixedZone("", p.offset)
	}
	at := time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.second, p.nanos, zone)
	if year := at.UTC().Year(); year < 1 || year > 9999 {
		return time.Time{}, errForm
	}
	return at, nil
}

// parts of a date-time; the offset is in seconds.
type parts struct {
	year, month, day, hour, minute, second, nanos, offset int
	plain                                                 bool
}

func scan(t []byte) (p parts, ok bool) {
	if len(t) < 20 || t[4] != '-' || t[7] != '-' || t[10]|0x20 != 't' || t[13] != ':' || t[16] != ':' {
		return p, false
	}
	for _, field := range [...]struct {
		into     *int
		from, to int
	}{{&p.year, 0, 4}, {&p.month, 5, 7}, {&p.day, 8, 10}, {&p.hour, 11, 13}, {&p.minute, 14, 16}, {&p.second, 17, 19}} {
		if *field.into, ok = number(t[field.from:field.to]); !ok {
			return p, false
		}
	}
	rest, ok := p.fraction(t[19:])
	if !ok || p.month < 1 || p.month > 12 || p.day < 1 || p.day > daysIn(p.year, p.month) || p.hour > 23 ||
		p.minute > 59 {
		return p, false
	}
	switch {
	case len(rest) == 1 && rest[0]|0x20 == 'z':
	case len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':':
		hours, good := number(rest[1:3])
		minutes, also := number(rest[4:])
		if !good || !also || hours > 23 || minutes > 59 {
			return p, false
		}
		if p.offset = 3600*hours + 60*minutes; rest[0] == '-' {
			p.offset = -p.offset
		}
	default:
		return p, false
	}
	p.plain = t[10] == 'T' && rest[0] != 'z' && p.second < 60
	return p, p.second < 60 || p.second == 60 && p.endsDay()
}

// fraction reads what stands behind the seconds and returns what is left.
func (p *parts) fraction(t []byte) (rest []byte, ok bool) {
	if t[0] != '.' {
		return t, true
	}
	end, scale := 1, 100_000_000
	for ; end < len(t) && t[end] >= '0' && t[end] <= '9'; end++ {
		p.nanos += int(t[end]-'0') * scale
		scale /= 10
	}
	return t[end:], end > 1 && end <= 1+maxFraction
}

// endsDay reports the last minute of a day in UTC, the only one that may have 61 seconds.
func (p *parts) endsDay() bool {
	const day = 24 * 60
	return ((p.hour*60+p.minute-p.offset/60)%day+day)%day == day-1
}

func number(t []byte) (n int, ok bool) {
	for _, c := range t {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
