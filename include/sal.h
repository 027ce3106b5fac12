/* sal.h - the source annotations of both generations (__in, _In_, ...), all of which vanish here.
 *
 * They are documentation for readers; no compiler on this platform checks them.
 *
 * libstdc++ and libc++ use __in and __out as names of variables. In C++ the standard headers that do so are
 * therefore included before the two words become macros; their include guards keep them safe afterwards. A
 * program that has no use for the old spelling may define PEERAPI_NO_SAL1 and save the compile time. */
#ifndef PEERAPI_SAL_H
#define PEERAPI_SAL_H

#if defined(__cplusplus) && !defined(PEERAPI_NO_SAL1)
extern "C++" {
#include <algorithm>
#include <iostream>
#include <iterator>
#include <locale>
#include <memory>
#include <random>
#include <regex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#if __cplusplus > 201703L && __has_include(<ranges>)
#include <ranges>
#endif
}
#endif

#ifndef PEERAPI_NO_SAL1

/* First generation: direction, then optional, then how the size is counted. */
#define __in
#define __out
#define __inout
#define __in_opt
#define __out_opt
#define __inout_opt

#define __in_ecount(a)
#define __in_ecount_z(a)
#define __in_ecount_opt(a)
#define __in_ecount_z_opt(a)
#define __in_bcount(a)
#define __in_bcount_z(a)
#define __in_bcount_opt(a)
#define __in_bcount_z_opt(a)
#define __in_z
#define __in_z_opt

#define __out_ecount(a)
#define __out_ecount_z(a)
#define __out_ecount_opt(a)
#define __out_ecount_z_opt(a)
#define __out_ecount_full(a)
#define __out_ecount_full_opt(a)
#define __out_ecount_part(a, b)
#define __out_ecount_part_opt(a, b)
#define __out_bcount(a)
#define __out_bcount_z(a)
#define __out_bcount_opt(a)
#define __out_bcount_z_opt(a)
#define __out_bcount_full(a)
#define __out_bcount_full_opt(a)
#define __out_bcount_part(a, b)
#define __out_bcount_part_opt(a, b)
#define __out_z
#define __out_z_opt

#define __inout_ecount(a)
#define __inout_ecount_z(a)
#define __inout_ecount_opt(a)
#define __inout_ecount_z_opt(a)
#define __inout_ecount_full(a)
#define __inout_ecount_full_opt(a)
#define __inout_ecount_part(a, b)
#define __inout_ecount_part_opt(a, b)
#define __inout_bcount(a)
#define __inout_bcount_z(a)
#define __inout_bcount_opt(a)
#define __inout_bcount_z_opt(a)
#define __inout_bcount_full(a)
#define __inout_bcount_full_opt(a)
#define __inout_bcount_part(a, b)
#define __inout_bcount_part_opt(a, b)
#define __inout_z
#define __inout_z_opt

#define __deref_out
#define __deref_out_opt
#define __deref_out_z
#define __deref_out_z_opt
#define __deref_out_ecount(a)
#define __deref_out_ecount_opt(a)
#define __deref_out_ecount_full(a)
#define __deref_out_ecount_full_opt(a)
#define __deref_out_ecount_part(a, b)
#define __deref_out_ecount_part_opt(a, b)
#define __deref_out_ecount_z(a)
#define __deref_out_bcount(a)
#define __deref_out_bcount_opt(a)
#define __deref_out_bcount_full(a)
#define __deref_out_bcount_full_opt(a)
#define __deref_out_bcount_part(a, b)
#define __deref_out_bcount_part_opt(a, b)
#define __deref_out_bcount_z(a)
#define __deref_opt_out
#define __deref_opt_out_opt
#define __deref_opt_out_z
#define __deref_opt_out_z_opt
#define __deref_opt_out_ecount(a)
#define __deref_opt_out_ecount_opt(a)
#define __deref_opt_out_ecount_full(a)
#define __deref_opt_out_ecount_full_opt(a)
#define __deref_opt_out_ecount_part(a, b)
#define __deref_opt_out_ecount_part_opt(a, b)
#define __deref_opt_out_ecount_z(a)
#define __deref_opt_out_bcount(a)
#define __deref_opt_out_bcount_opt(a)
#define __deref_opt_out_bcount_full(a)
#define __deref_opt_out_bcount_full_opt(a)
#define __deref_opt_out_bcount_part(a, b)
#define __deref_opt_out_bcount_part_opt(a, b)
#define __deref_opt_out_bcount_z(a)
#define __deref_inout
#define __deref_inout_opt
#define __deref_inout_z
#define __deref_inout_z_opt
#define __deref_inout_ecount(a)
#define __deref_inout_ecount_opt(a)
#define __deref_inout_ecount_full(a)
#define __deref_inout_ecount_full_opt(a)
#define __deref_inout_ecount_part(a, b)
#define __deref_inout_ecount_part_opt(a, b)
#define __deref_inout_ecount_z(a)
#define __deref_inout_bcount(a)
#define __deref_inout_bcount_opt(a)
#define __deref_inout_bcount_full(a)
#define __deref_inout_bcount_full_opt(a)
#define __deref_inout_bcount_part(a, b)
#define __deref_inout_bcount_part_opt(a, b)
#define __deref_inout_bcount_z(a)
#define __deref_opt_inout
#define __deref_opt_inout_opt
#define __deref_opt_inout_z
#define __deref_opt_inout_z_opt
#define __deref_opt_inout_ecount(a)
#define __deref_opt_inout_ecount_opt(a)
#define __deref_opt_inout_ecount_full(a)
#define __deref_opt_inout_ecount_full_opt(a)
#define __deref_opt_inout_ecount_part(a, b)
#define __deref_opt_inout_ecount_part_opt(a, b)
#define __deref_opt_inout_ecount_z(a)
#define __deref_opt_inout_bcount(a)
#define __deref_opt_inout_bcount_opt(a)
#define __deref_opt_inout_bcount_full(a)
#define __deref_opt_inout_bcount_full_opt(a)
#define __deref_opt_inout_bcount_part(a, b)
#define __deref_opt_inout_bcount_part_opt(a, b)
#define __deref_opt_inout_bcount_z(a)

#define __deref_in
#define __deref_in_opt
#define __deref_opt_in
#define __deref_opt_in_opt
#define __in_ecount_or_z(a)
#define __in_xcount(a)
#define __out_xcount(a)
#define __field_ecount(a)
#define __field_bcount(a)
#define __field_ecount_opt(a)
#define __field_bcount_opt(a)
#define __field_ecount_full(a)
#define __field_bcount_full(a)
#define __struct_bcount(a)
#define __in_range(a, b)
#define __out_range(a, b)
#define __deref_in_range(a, b)
#define __deref_out_range(a, b)
#define __field_range(a, b)
#define __success(a)
#define __format_string
#define __nullterminated
#define __nullnullterminated
#define __checkReturn
#define __allowed(a)
#define __drv_aliasesMem
#define __out_awcount(a, b)
#define __in_awcount(a, b)

#endif /* PEERAPI_NO_SAL1 */

/* Second generation. */
#define _In_
#define _In_opt_
#define _Inout_
#define _Inout_opt_
#define _Out_
#define _Out_opt_
#define _In_z_
#define _In_opt_z_
#define _Inout_z_
#define _Inout_opt_z_
#define _Outref_
#define _Const_
#define _In_bound_

#define _In_reads_(a)
#define _In_reads_or_z_(a)
#define _In_reads_bytes_(a)
#define _In_reads_or_z_bytes_(a)
#define _In_reads_z_(a)
#define _In_reads_opt_(a)
#define _In_reads_or_z_opt_(a)
#define _In_reads_bytes_opt_(a)
#define _In_reads_or_z_bytes_opt_(a)
#define _In_reads_opt_z_(a)
#define _Inout_updates_(a)
#define _Inout_updates_or_z_(a)
#define _Inout_updates_bytes_(a)
#define _Inout_updates_or_z_bytes_(a)
#define _Inout_updates_z_(a)
#define _Inout_updates_all_(a)
#define _Inout_updates_to_(a, b)
#define _Inout_updates_bytes_all_(a)
#define _Inout_updates_bytes_to_(a, b)
#define _Inout_updates_opt_(a)
#define _Inout_updates_or_z_opt_(a)
#define _Inout_updates_bytes_opt_(a)
#define _Inout_updates_or_z_bytes_opt_(a)
#define _Inout_updates_opt_z_(a)
#define _Inout_updates_all_opt_(a)
#define _Inout_updates_to_opt_(a, b)
#define _Inout_updates_bytes_all_opt_(a)
#define _Inout_updates_bytes_to_opt_(a, b)
#define _Out_writes_(a)
#define _Out_writes_bytes_(a)
#define _Out_writes_z_(a)
#define _Out_writes_all_(a)
#define _Out_writes_to_(a, b)
#define _Out_writes_bytes_all_(a)
#define _Out_writes_bytes_to_(a, b)
#define _Out_writes_opt_(a)
#define _Out_writes_bytes_opt_(a)
#define _Out_writes_opt_z_(a)
#define _Out_writes_all_opt_(a)
#define _Out_writes_to_opt_(a, b)
#define _Out_writes_bytes_all_opt_(a)
#define _Out_writes_bytes_to_opt_(a, b)
#define _Out_writes_to_ptr_(a)
#define _Out_writes_all_z_(a)
#define _In_reads_to_ptr_(a)
#define _In_reads_to_ptr_opt_(a)

#define _Outptr_
#define _Outptr_result_maybenull_
#define _Outptr_opt_
#define _Outptr_opt_result_maybenull_
#define _COM_Outptr_
#define _COM_Outptr_result_maybenull_
#define _COM_Outptr_opt_
#define _COM_Outptr_opt_result_maybenull_
#define _Outptr_result_z_
#define _Outptr_result_maybenull_z_
#define _Outptr_result_nullonfailure_
#define _Outptr_result_buffer_(a)
#define _Outptr_result_buffer_maybenull_(a)
#define _Outptr_result_buffer_all_(a)
#define _Outptr_result_buffer_to_(a, b)
#define _Outptr_result_bytebuffer_(a)
#define _Outptr_result_bytebuffer_maybenull_(a)
#define _Outptr_result_bytebuffer_all_(a)
#define _Outptr_result_bytebuffer_to_(a, b)
#define _Outptr_opt_result_z_
#define _Outptr_opt_result_maybenull_z_
#define _Outptr_opt_result_nullonfailure_
#define _Outptr_opt_result_buffer_(a)
#define _Outptr_opt_result_buffer_maybenull_(a)
#define _Outptr_opt_result_buffer_all_(a)
#define _Outptr_opt_result_buffer_to_(a, b)
#define _Outptr_opt_result_bytebuffer_(a)
#define _Outptr_opt_result_bytebuffer_maybenull_(a)
#define _Outptr_opt_result_bytebuffer_all_(a)
#define _Outptr_opt_result_bytebuffer_to_(a, b)
#define _Outref_result_maybenull_
#define _Outref_result_nullonfailure_

#define _Ret_z_
#define _Ret_maybenull_
#define _Ret_maybenull_z_
#define _Ret_notnull_
#define _Ret_null_
#define _Ret_valid_
#define _Ret_opt_z_
#define _Ret_writes_(a)
#define _Ret_writes_z_(a)
#define _Ret_writes_bytes_(a)
#define _Ret_writes_maybenull_(a)
#define _Ret_writes_bytes_maybenull_(a)
#define _Ret_range_(a, b)

#define _Deref_out_range_(a, b)
#define _Deref_in_range_(a, b)
#define _Deref_ret_range_(a, b)
#define _In_range_(a, b)
#define _Out_range_(a, b)
#define _Inout_range_(a, b)
#define _Field_range_(a, b)
#define _Deref_pre_maybenull_
#define _Deref_post_maybenull_
#define _Deref_post_z_
#define _Deref_pre_z_
#define _Deref_post_opt_
#define _Deref_post_null_
#define _Deref_out_
#define _Deref_out_opt_
#define _Pre_
#define _Post_
#define _Pre_z_
#define _Post_z_
#define _Pre_valid_
#define _Post_valid_
#define _Pre_maybenull_
#define _Post_maybenull_
#define _Pre_notnull_
#define _Post_notnull_
#define _Pre_null_
#define _Post_invalid_
#define _Post_ptr_invalid_
#define _Pre_opt_valid_
#define _Pre_satisfies_(a)
#define _Post_satisfies_(a)
#define _Pre_readable_size_(a)
#define _Post_readable_size_(a)
#define _Pre_writable_size_(a)
#define _Post_writable_size_(a)
#define _Pre_readable_byte_size_(a)
#define _Post_readable_byte_size_(a)
#define _Pre_writable_byte_size_(a)
#define _Post_writable_byte_size_(a)

#define _Field_size_(a)
#define _Field_size_opt_(a)
#define _Field_size_full_(a)
#define _Field_size_full_opt_(a)
#define _Field_size_part_(a, b)
#define _Field_size_part_opt_(a, b)
#define _Field_size_bytes_(a)
#define _Field_size_bytes_opt_(a)
#define _Field_size_bytes_full_(a)
#define _Field_size_bytes_full_opt_(a)
#define _Field_size_bytes_part_(a, b)
#define _Field_z_
#define _Struct_size_bytes_(a)

#define _Check_return_
#define _Must_inspect_result_
#define _Success_(a)
#define _Return_type_success_(a)
#define _On_failure_(a)
#define _Always_(a)
#define _When_(a, b)
#define _At_(a, b)
#define _Use_decl_annotations_
#define _Null_terminated_
#define _NullNull_terminated_
#define _Printf_format_string_
#define _Scanf_format_string_
#define _Scanf_s_format_string_
#define _Maybenull_
#define _Notnull_
#define _Valid_
#define _Notvalid_
#define _Reserved_
#define _Frees_ptr_
#define _Frees_ptr_opt_
#define _Points_to_data_
#define _Literal_
#define _Notliteral_
#define _Function_class_(a)
#define _Called_from_function_class_(a)
#define _Analysis_noreturn_
#define _Analysis_assume_(a)
#define _Analysis_mode_(a)
#define _Raises_SEH_exception_
#define _Pre_defensive_
#define _Post_defensive_
#define _Callback_
#define _Interlocked_operand_
#define _Strict_type_match_
#define _Readable_bytes_(a)
#define _Writable_bytes_(a)
#define _Readable_elements_(a)
#define _Writable_elements_(a)
#define _Satisfies_(a)
#define _Unchanged_(a)
#define _Notref_

/* Locks. */
#define _Acquires_lock_(a)
#define _Releases_lock_(a)
#define _Requires_lock_held_(a)
#define _Requires_lock_not_held_(a)
#define _Acquires_exclusive_lock_(a)
#define _Releases_exclusive_lock_(a)
#define _Acquires_shared_lock_(a)
#define _Releases_shared_lock_(a)
#define _Requires_exclusive_lock_held_(a)
#define _Requires_shared_lock_held_(a)
#define _Guarded_by_(a)
#define _Write_guarded_by_(a)
#define _Post_same_lock_(a, b)
#define _Lock_level_order_(a, b)
#define _Requires_no_locks_held_
#define _Interlocked_

/* Where one case runs into the next. */
#define __fallthrough __attribute__((__fallthrough__))
#define _Fallthrough_ __attribute__((__fallthrough__))

#endif
