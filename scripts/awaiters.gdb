# gdb -x scripts/awaiters.gdb …: a command for coroutines.

define awaiters
  set $awaiter = __promise.caller_
  while $awaiter
    info symbol *(void**)$awaiter->coro_._M_fr_ptr
    set $awaiter = $awaiter->caller_
  end
end
document awaiters
Who waits for the coroutine of the selected frame, and who waits for that one, and so on: what bt would
show were they functions. The selected frame must be of a coroutine (info locals has __promise); go up
until it is.
end
