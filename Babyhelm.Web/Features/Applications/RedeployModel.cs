using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Web.Features.Applications;

/// <summary>Deploys another image of an application with everything else as it is.</summary>
/// <param name="deploy">The command, for the image given and the release it was typed at.</param>
public sealed class RedeployModel(Func<string, int, Task<Result<Deployed>>> deploy)
{
    private string _current = "";
    private int _latest;
    private int _seen;
    private bool _touched;
    private bool _told;

    public string Image { get; private set; } = "";

    public string? Problem { get; private set; }

    public bool Busy { get; private set; }

    /// <summary>The image that runs now; what a person is typing stays.</summary>
    /// <param name="release">The one that made it run.</param>
    public void Follow(string current, int release)
    {
        (_current, _latest) = (current, release);
        if (!_touched) Image = current;
        if (!_touched || _told) _seen = release;
    }

    public void Type(string? image)
    {
        Image = image ?? "";
        _touched = Image != _current;
        if (!_touched) _seen = _latest;
        Problem = null;
    }

    public async Task<Deployed?> SubmitAsync()
    {
        if (Busy) return null;
        Problem = ImageReference.Parse(Image.Trim()).Error?.Message;
        if (Problem is not null) return null;
        Busy = true;
        try
        {
            if (!(await CommandAttempt.ResultAsync(() => deploy(Image.Trim(), _seen))).Ok(out var deployed, out var error))
            {
                Problem = error.Public;
                // Whoever was told and sends it again means to replace what came in between, as far as this page shows it.
                _told |= error.Code == ChangedMeanwhile.CodeOf;
                if (_told) _seen = _latest;
                return null;
            }
            (_touched, _told, _seen) = (false, false, deployed.Release);
            return deployed;
        }
        finally
        {
            Busy = false;
        }
    }
}
