using System.Diagnostics.CodeAnalysis;

namespace Babyhelm.Core.Common;

/// <summary>Either a value or an <see cref="Common.Error"/>; never both, never neither.</summary>
public sealed class Result<T>
{
    private readonly T? _value;

    private Result(T? value, Error? error)
    {
        _value = value;
        Error = error;
    }

    public Error? Error { get; }

    /// <summary>The value; throws <see cref="InvalidOperationException"/> when there is an error instead.</summary>
    public T Value => Error is null ? _value! : throw new InvalidOperationException($"No value: {Error.Code}: {Error.Message}");

    public bool Ok([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Error? error)
    {
        value = _value;
        error = Error;
        return Error is null;
    }

    public bool Failed([NotNullWhen(true)] out Error? error, [NotNullWhen(false)] out T? value) => !Ok(out value, out error);

    public Result<TOut> Map<TOut>(Func<T, TOut> map) => Error is null ? map(_value!) : Error;

    public static implicit operator Result<T>(T value) => new(value ?? throw new ArgumentNullException(nameof(value)), null);

    public static implicit operator Result<T>(Error error) => new(default, error ?? throw new ArgumentNullException(nameof(error)));

    public override string ToString() => Error is null ? $"Ok({_value})" : $"{Error.Code}: {Error.Message}";
}

/// <summary>The value of a command that answers nothing but success.</summary>
public readonly record struct Done
{
    public static readonly Result<Done> Result = default(Done);
}
