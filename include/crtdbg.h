/* crtdbg.h - the debugging C run-time of Windows, as in a release build: assertions and leak checks vanish. */
#ifndef PEERAPI_CRTDBG_H
#define PEERAPI_CRTDBG_H

#define _CRTDBG_ALLOC_MEM_DF 0x01
#define _CRTDBG_DELAY_FREE_MEM_DF 0x02
#define _CRTDBG_CHECK_ALWAYS_DF 0x04
#define _CRTDBG_LEAK_CHECK_DF 0x20
#define _CRTDBG_REPORT_FLAG (-1)
#define _CRT_WARN 0
#define _CRT_ERROR 1
#define _CRT_ASSERT 2

#define _ASSERT(condition) ((void)0)
#define _ASSERTE(condition) ((void)0)
#define _CrtSetDbgFlag(flags) ((int)0)
#define _CrtSetReportMode(kind, mode) ((int)0)
#define _CrtDumpMemoryLeaks() ((int)0)
#define _CrtCheckMemory() ((int)1)

#endif
