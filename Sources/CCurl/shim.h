#include <curl/curl.h>

/* Swift cannot call functions with a variable list of arguments. */
static inline CURLcode okno_curl_set_long(CURL *curl, CURLoption option, long value) {
    return curl_easy_setopt(curl, option, value);
}
static inline CURLcode okno_curl_set_text(CURL *curl, CURLoption option, const char *value) {
    return curl_easy_setopt(curl, option, value);
}
static inline CURLcode okno_curl_set_pointer(CURL *curl, CURLoption option, void *value) {
    return curl_easy_setopt(curl, option, value);
}
static inline CURLcode okno_curl_socket(CURL *curl, curl_socket_t *socket) {
    return curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, socket);
}
static inline CURLcode okno_curl_connect_code(CURL *curl, long *code) {
    return curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, code);
}
/* Casts that macros of libcurl hide. */
static const long okno_curl_auth_any = (long)CURLAUTH_ANY;
static const long okno_curl_auth_without_ticket = (long)(CURLAUTH_ANY & ~CURLAUTH_NEGOTIATE);
static const long okno_curl_http_1_1 = (long)CURL_HTTP_VERSION_1_1;
