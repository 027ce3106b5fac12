/* initguid.h - include it before the header whose GUIDs are to be defined in this source file. */
#define INITGUID
#include "guiddef.h"
