%% OTP's own supervisor on a clock of ours.
%%
%% The module `clocked_supervisor` is made from the code that the installed `supervisor` carries as debug information. Nothing is changed but
%% its name and the one call that reads the time; if there is not exactly one, nothing is made.
-module(otp_clock).
-export([load/0, seconds/0, set/2, forget/1]).

load() ->
    Beam = code:which(supervisor),
    Forms = case beam_lib:chunks(Beam, [abstract_code]) of
                {ok, {_, [{abstract_code, {_, Code}}]}} -> Code;
                _ -> exit({no_debug_information, Beam})
            end,
    {Changed, 1} = lists:mapfoldl(fun form/2, 0, Forms),
    {ok, clocked_supervisor, Binary} = compile:forms(Changed, [nowarn_unused_function]),
    {module, clocked_supervisor} = code:load_binary(clocked_supervisor, "clocked", Binary),
    ets:new(?MODULE, [named_table, public, {read_concurrency, true}]),
    ok.

form({attribute, Line, module, supervisor}, Calls) -> {{attribute, Line, module, clocked_supervisor}, Calls};
form({function, _, _, _, _} = Function, Calls) -> clocked(Function, Calls);
form(Form, Calls) -> {Form, Calls}.

clocked({call, Line, {remote, _, {atom, _, erlang}, {atom, _, monotonic_time}}, [{integer, _, 1}]}, Calls) ->
    {{call, Line, {remote, Line, {atom, Line, ?MODULE}, {atom, Line, seconds}}, []}, Calls + 1};
clocked(Tuple, Calls) when is_tuple(Tuple) ->
    {List, Total} = clocked(tuple_to_list(Tuple), Calls),
    {list_to_tuple(List), Total};
clocked([Head | Tail], Calls) ->
    {NewHead, Some} = clocked(Head, Calls),
    {NewTail, Total} = clocked(Tail, Some),
    {[NewHead | NewTail], Total};
clocked(Other, Calls) -> {Other, Calls}.

%% Whole seconds, as the call it stands for; read in the supervisor, whose callback noted its driver.
seconds() -> ets:lookup_element(?MODULE, get(driver), 2).

set(Driver, Seconds) -> ets:insert(?MODULE, {Driver, Seconds}).

forget(Driver) -> ets:delete(?MODULE, Driver).
