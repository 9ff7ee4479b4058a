package problem

import (
	"net/http"

	"mconnect"
)

// titles are the names of the statuses in the reader's language: RFC 9457, section 3.1.4, allows a title to be
// translated. English has the phrases of HTTP.
var titles = map[int]mconnect.Text{
	http.StatusBadRequest:            {RO: "Cerere greșită", RU: "Неверный запрос"},
	http.StatusUnauthorized:          {RO: "Identificare necesară", RU: "Требуется идентификация"},
	http.StatusForbidden:             {RO: "Acces refuzat", RU: "Доступ запрещён"},
	http.StatusNotFound:              {RO: "Negăsit", RU: "Не найдено"},
	http.StatusMethodNotAllowed:      {RO: "Metodă nepermisă", RU: "Метод не допускается"},
	http.StatusRequestTimeout:        {RO: "Cererea a expirat", RU: "Время запроса истекло"},
	http.StatusConflict:              {RO: "Conflict de date", RU: "Конфликт данных"},
	http.StatusRequestEntityTooLarge: {RO: "Cerere prea mare", RU: "Слишком большой запрос"},
	http.StatusUnsupportedMediaType:  {RO: "Format neacceptat", RU: "Формат не поддерживается"},
	http.StatusUnprocessableEntity:   {RO: "Date incorecte", RU: "Некорректные данные"},
	http.StatusTooManyRequests:       {RO: "Prea multe cereri", RU: "Слишком много запросов"},
	http.StatusInternalServerError:   {RO: "Eroare internă", RU: "Внутренняя ошибка"},
	http.StatusBadGateway:            {RO: "Răspuns greșit al furnizorului", RU: "Неверный ответ поставщика"},
	http.StatusServiceUnavailable:    {RO: "Serviciu indisponibil", RU: "Сервис недоступен"},
	http.StatusGatewayTimeout:        {RO: "Furnizorul nu a răspuns la timp", RU: "Поставщик не ответил вовремя"},
}

// title is the name of a status for a reader of lang.
func title(status int, lang mconnect.Lang) string {
	if text := titles[status]; lang == mconnect.Romanian || lang == mconnect.Russian {
		if text.RO != "" {
			return text.In(lang)
		}
	}
	return http.StatusText(status)
}
