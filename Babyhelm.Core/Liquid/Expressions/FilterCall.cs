using Babyhelm.Core.Liquid.Filters;

namespace Babyhelm.Core.Liquid.Expressions;

/// <summary>One <c>| name: arguments</c>.</summary>
internal sealed class FilterCall : Expression
{
    private readonly string _name;
    private readonly Expression _input;
    private readonly Filter? _filter;
    private readonly Expression[] _arguments;
    private readonly (string Name, Expression Value)[] _named;

    private FilterCall(int offset, string name, Expression input, Filter? filter, Expression[] arguments, (string, Expression)[] named)
        : base(offset)
    {
        _name = name;
        _input = input;
        _filter = filter;
        _arguments = arguments;
        _named = named;
    }

    public static FilterCall Create(
        ParseContext context, int offset, string name, Expression input, List<Expression>? arguments, List<(string, Expression)>? named)
    {
        var filter = FilterTable.Find(name);
        if (filter is null && context.Options.Strict) throw new LiquidException($"There is no filter '{name}'.", offset);
        var call = new FilterCall(offset, name, input, filter, arguments is null ? [] : [.. arguments], named is null ? [] : [.. named]);
        if (context.Options.Strict) call.CheckArguments();
        return call;
    }

    public override LiquidValue Evaluate(Scope scope)
    {
        var input = _input.Evaluate(scope);
        if (_filter is null) return input;
        CheckArguments();
        var rendering = scope.Rendering;
        rendering.Step();
        try
        {
            var arguments = _arguments.Length == 0 && _named.Length == 0 ? [] : Arguments(scope);
            var result = _filter.Apply(new FilterInput(input, rendering, scope.Strict), arguments);
            if (result.Kind == LiquidKind.String)
            {
                rendering.StepForText(result.AsString.Length);
                if (result.AsString.Length > rendering.Limits.MaxOutputLength)
                    throw new LiquidException($"The text grows beyond the limit of {rendering.Limits.MaxOutputLength} characters.", limit: LiquidLimit.Output);
            }
            else if (result.Kind == LiquidKind.List) rendering.Step(result.AsList.Count);
            return result;
        }
        catch (LiquidException e) when (e.Offset < 0)
        {
            e.Offset = Offset;
            throw;
        }
    }

    private LiquidValue[] Arguments(Scope scope)
    {
        var values = new LiquidValue[_arguments.Length + (_named.Length > 0 ? 1 : 0)];
        for (var i = 0; i < _arguments.Length; i++) values[i] = _arguments[i].Evaluate(scope);
        if (_named.Length == 0) return values;
        var named = new LiquidMap(_named.Length);
        foreach (var (name, value) in _named) named[name] = value.Evaluate(scope);
        values[^1] = named;
        return values;
    }

    /// <summary>Named arguments count as one, which most filters do not take.</summary>
    private void CheckArguments()
    {
        if (_filter is null) return;
        var positional = _arguments.Length + (_named.Length > 0 && !_filter.TakesNamed ? 1 : 0);
        if (positional >= _filter.Least && positional <= _filter.Most) return;
        var range = _filter.Least == _filter.Most ? $"{_filter.Most}" : $"{_filter.Least} to {_filter.Most}";
        throw new LiquidException($"The filter '{_name}' takes {range} arguments; these are {positional}.", Offset);
    }
}
