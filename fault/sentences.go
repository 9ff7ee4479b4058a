package fault

var catalogue = map[Code]Entry{}
