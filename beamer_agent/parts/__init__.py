"""Parts: what an agent is put together of, and how each is built, ended, and built anew.

    ChainPart      line -> connector -> connection -> chain at work
    DirectionPart  between two of them: inbox, fold, planner, behind a fence
    BasePart       L1
    Parts          all of them: what is started when
    Rebuilder      carries out orders to restart

Everything in here belongs to the agent's own thread, but what says otherwise.
"""
