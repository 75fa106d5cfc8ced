/* OpenSSL's digests, for those who need more of them than hash.h has. Include this and never <openssl/evp.h>: OpenSSL
 * has a type by the name of one of our kinds of error (ERR_STATE in base/err.h). */
#ifndef DRPLAN_BASE_OPENSSL_H
#define DRPLAN_BASE_OPENSSL_H

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/evp.h>
#include <openssl/sha.h>
#undef ERR_STATE

#endif
