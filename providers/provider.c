/* What every provider shares beside its interface (provider.h). */
#include "providers/provider.h"

void provider_close(struct provider *p)
{
	if (p)
		p->ops->close(p);
}
