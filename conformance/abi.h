/* abi.h - the sections of the family abi: layouts and numbers. */
#ifndef CONFORMANCE_ABI_H
#define CONFORMANCE_ABI_H

void abi_layout(void);
void abi_constants(void);

#endif
