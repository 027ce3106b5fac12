# conformance.mak - for Microsoft's compiler, in a developer command prompt for x64:
#
#     nmake /f conformance.mak
#     conformance > conformance.txt
#
# The libraries come with the Windows SDK. Nothing else is needed.

SOURCES = \
    abi.c \
    calls.c \
    collab_calls.c \
    collab_life.c \
    graph_calls.c \
    graph_enumerations.c \
    graph_events.c \
    graph_life.c \
    graph_limits.c \
    graph_pairs.c \
    graph_processes.c \
    graph_records.c \
    graph_search.c \
    graph_xml.c \
    group_calls.c \
    group_people.c \
    identity.c \
    kit.c \
    nodes.c \
    people.c \
    pnrp.c \
    processes.c \
    run.c \
    sections.c \
    winsock.c \
    tables\code_names.c \
    tables\constants_p2p.c \
    tables\constants_pnrp.c \
    tables\functions_collab.c \
    tables\functions_common.c \
    tables\functions_graph.c \
    tables\functions_group.c \
    tables\functions_identity.c \
    tables\functions_pnrp.c \
    tables\layout_p2p.c \
    tables\layout_pnrp.c

conformance.exe: $(SOURCES) collab.h graph.h group.h kit.h peers.h tables\rows.h tables\tables.h tables\codes.h
    cl /nologo /W4 /O1 /utf-8 /D_CRT_SECURE_NO_WARNINGS /D_WIN32_WINNT=0x0601 /DNTDDI_VERSION=0x06010000 /Fe$@ \
        $(SOURCES) p2p.lib p2pgraph.lib ws2_32.lib

clean:
    del *.obj conformance.exe
