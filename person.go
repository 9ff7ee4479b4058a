package mconnect

// IDNP is the state identification number of a natural person: 13 digits, beginning with 2 (or 09),
// the last a check digit. Personal data: never in a URI, never in a log.
type IDNP string

// IDNO is the state identification number of a legal entity: 13 digits beginning with 1.
type IDNO string

// IDNV is the state identification number of a vehicle: 13 digits beginning with 3.
type IDNV string

// CheckDigit computes the 13th digit for the first 12: weights 7, 3, 1 repeating, sum modulo 10.
// It reports false unless digits holds at least 12 ASCII digits.
func CheckDigit(digits string) (byte, bool) {
	if len(digits) < 12 {
		return 0, false
	}
	sum := 0
	for i := 0; i < 12; i += 3 { // weights 7, 3, 1
		a, b, c := digits[i]-'0', digits[i+1]-'0', digits[i+2]-'0'
		if a > 9 || b > 9 || c > 9 {
			return 0, false
		}
		sum += 7*int(a) + 3*int(b) + int(c)
	}
	return byte('0' + sum%10), true
}

func validNumber(s string) bool {
	digit, ok := CheckDigit(s)
	return ok && len(s) == 13 && s[12] == digit
}

// ParseIDNP reads an IDNP and verifies its check digit.
func ParseIDNP(s string) (IDNP, error) {
	if !validNumber(s) || (s[0] != '2' && s[:2] != "09") {
		return "", &ParseError{"IDNP", "13 digits beginning with 2 or 09, with a valid check digit"}
	}
	return IDNP(s), nil
}

func (n IDNP) String() string { return string(n) }

// ParseIDNO reads an IDNO and verifies its check digit.
func ParseIDNO(s string) (IDNO, error) {
	if !validNumber(s) || s[0] != '1' {
		return "", &ParseError{"IDNO", "13 digits beginning with 1, with a valid check digit"}
	}
	return IDNO(s), nil
}

func (n IDNO) String() string { return string(n) }

// ParseIDNV reads an IDNV and verifies its check digit.
func ParseIDNV(s string) (IDNV, error) {
	if !validNumber(s) || s[0] != '3' {
		return "", &ParseError{"IDNV", "13 digits beginning with 3, with a valid check digit"}
	}
	return IDNV(s), nil
}

func (n IDNV) String() string { return string(n) }
