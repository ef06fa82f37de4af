%% Evaluated by `erl` after ejabberd has been started. Obeys lines on the standard input,
%%   NUMBER register USER HOST PASSWORD     (all three in Base64)
%%   NUMBER log                            (all that has happened is written to the log)
%% and answers each by `scansion NUMBER ANSWER` on the standard output; the answer `ok` is a success.
%% `scansion ready VERSION` comes first. The end of the input ends the node.

%% Code is loaded when it is first used; the first login would have to wait for it.
Load = fun(Application) ->
    case application:get_key(Application, modules) of
        {ok, Modules} -> code:ensure_modules_loaded(Modules);
        undefined -> ok
    end
end,

Register = fun(User, Host, Password) ->
    case ejabberd_auth:try_register(User, Host, Password) of
        {error, exists} -> ejabberd_auth:set_password(User, Host, Password);
        Answer -> Answer
    end
end,

%% Sessions have the last word on themselves after their streams have been closed.
SessionsGone = fun Wait(0) -> ok;
                   Wait(Patience) ->
    case ejabberd_sm:dirty_get_my_sessions_list() of
        [] -> ok;
        _ -> timer:sleep(5), Wait(Patience - 1)
    end
end,

Log = fun() ->
    SessionsGone(40),
    [logger_std_h:filesync(Id) || #{id := Id, module := logger_std_h} <- logger:get_handler_config()],
    ok
end,

Do = fun(["register", User, Host, Password]) ->
        Register(base64:decode(User), base64:decode(Host), base64:decode(Password));
    (["log"]) -> Log();
    (_) -> {error, unknown}
end,

Obey = fun Obey() ->
    case io:get_line("") of
        Line when is_list(Line) ->
            [Number | Request] = string:lexemes(string:trim(Line), " "),
            Answer = try Do(Request) catch _:Reason -> {error, Reason} end,
            io:format("scansion ~s ~0p~n", [Number, Answer]),
            Obey();
        _ -> init:stop()
    end
end,

[Load(Application) || Application <- [ejabberd, xmpp, fast_xml, fast_tls, p1_utils, cache_tab, stringprep, idna]],
case lists:keymember(ejabberd, 1, application:which_applications()) of
    true ->
        {ok, Version} = application:get_key(ejabberd, vsn),
        io:format("scansion ready ~s~n", [Version]),
        spawn(Obey);
    false -> io:format("ejabberd has not been started~n"), init:stop(1)
end.
