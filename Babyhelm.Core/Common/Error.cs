namespace Babyhelm.Core.Common;

/// <summary>An expected failure, as a value. Exceptions are for bugs and broken connections.</summary>
/// <param name="Code">Stable identifier for programs, kebab-case, for example <c>not-found</c>.</param>
/// <param name="Message">One plain sentence for people: what is wrong and, where it helps, what to do.</param>
public abstract record Error(string Code, string Message)
{
    /// <summary>The message without what only those who run the platform may read: addresses and files of its configuration.</summary>
    public virtual string Public => Message;
}

/// <summary>The thing does not exist, or the caller may not know that it does.</summary>
public sealed record NotFound(string Message) : Error("not-found", Message);

/// <summary>The caller sees the thing but may not do this to it.</summary>
public sealed record Forbidden(string Message, string Code = "forbidden") : Error(Code, Message);

/// <summary>The input breaks one or more rules.</summary>
/// <param name="Faults">At least one fault, in the order of the input's fields.</param>
public sealed record Invalid(IReadOnlyList<Fault> Faults)
    : Error("invalid", Faults.Count == 1 ? Faults[0].Message : string.Join(" ", Faults.Select(f => f.Message)))
{
    public Invalid(string field, string message) : this([new Fault(field, message)]) { }
}

/// <summary>The state of the thing does not allow this now, for example a name that is taken.</summary>
public sealed record Conflict(string Message, string Code = "conflict") : Error(Code, Message);

/// <summary>The same was asked for too often.</summary>
/// <param name="RetryAfter">When it can be asked for again, more than zero.</param>
public sealed record TooMany(string Message, TimeSpan RetryAfter) : Error("too-many-requests", Message);

/// <summary>Something Babyhelm depends on does not answer; trying again later can help.</summary>
public sealed record Unavailable(string Message, string Code = "unavailable") : Error(Code, Message)
{
    /// <summary>What everybody may read, where the message is not for everybody.</summary>
    public string? ForEverybody { get; init; }

    public override string Public => ForEverybody ?? Message;
}

/// <summary>One broken rule.</summary>
/// <param name="Field">Path of the field as in the REST body, camelCase, for example <c>ports[0].port</c>.</param>
/// <param name="Message">What is wrong and what is accepted instead.</param>
public sealed record Fault(string Field, string Message);
