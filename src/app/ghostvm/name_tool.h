/* Parts of `ghostvm name`. */
#ifndef GVM_APP_GHOSTVM_NAME_TOOL_H
#define GVM_APP_GHOSTVM_NAME_TOOL_H

#include "app/ghostvm/ghost_tool.h"

/* Reads "A 192.0.2.1": the type, and the data, appended. */
GVM_NODISCARD gvm_status gvm_nametool_record(gvm_tool *t, uint16_t *type, gvm_buf *data,
                                             const char *text);
/* `ghostvm name register`. */
gvm_status gvm_nametool_register(gvm_tool *t, const gvm_signer *signer);

#endif
